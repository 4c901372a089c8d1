package dev.srun;

import java.time.Duration;

/**
 * Turns signals and a foreign shutdown of the JVM into stop requests. Runs on threads of the JVM's.
 */
final class SignalReceiver implements Signals.Receiver {

  /** How long after the grace the exit is given at the latest. */
  static final Duration AFTER_GRACE = Duration.ofMillis(500);

  private final Program program;

  SignalReceiver(Program program) {
    this.program = program;
  }

  @Override
  public void onSignal(Cause.Signalled signal) {
    long now = program.host().nanoTime();
    if (signal.signal().equals("HUP")) {
      program.askToStop(signal); // the first reason to stop, but never the second signal
      return;
    }
    int count = program.request().signal(signal, now);
    if (count > 0) {
      program.post(Event.StopAsked.MESSAGE);
    }
    if (count == 3 && program.ownsProcess()) {
      program.host().halt(128 + signal.number());
    }
  }

  /** Holds the shutdown up for the ordered stop, and no longer than that may take. */
  @Override
  public void onShutdown() {
    program.jvmIsShuttingDown();
    program.askToStop(new Cause.Asked("System.exit"));
    program.awaitEnd(program.settings().grace().plus(AFTER_GRACE));
  }
}
