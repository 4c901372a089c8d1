package dev.srun;

import java.time.Duration;
import java.util.Arrays;

/**
 * Turns signals and a foreign shutdown of the JVM into stop requests. Runs on threads of the JVM's.
 */
final class SignalReceiver implements Signals.Receiver {

  /** How often the hook looks for calls that stand in {@code System.exit}. */
  private static final Duration LOOK = Duration.ofMillis(20);

  /** What a log that nobody reads may hold up the end of the process. */
  private static final Duration LAST_WORDS = Duration.ofSeconds(1);

  private final Program program;

  /** Whether the program began at a terminal, which may be closed since. */
  private final boolean hadTerminal;

  SignalReceiver(Program program) {
    this.program = program;
    this.hadTerminal = program.upgradesOnHangUp() && program.host().hasTerminal();
  }

  /** Whatever goes wrong here, a signal that asks to stop ends the program. */
  @Override
  public void onSignal(Cause.Signalled signal) {
    try {
      receive(signal);
    } catch (Throwable e) {
      program.releaseMemory();
      if (signal.signal().equals("HUP") && program.upgradesOnHangUp()) {
        program
            .log()
            .error("srun", "the upgrade cannot be begun", Failures.of("srun", Phase.RUN, e));
      } else {
        stopAllTheSame(signal);
      }
    }
  }

  /** Without memory, or without a class that cannot be loaded any more: by what is linked. */
  private void stopAllTheSame(Cause.Signalled signal) {
    try {
      program.askToStop(signal);
    } catch (Throwable e) {
      if (program.ownsProcess()) {
        program.host().halt(program.settings().exitCodes().forced());
      }
      throw e;
    }
  }

  private void receive(Cause.Signalled signal) {
    if (signal.signal().equals("HUP")) {
      hangUp(signal);
      return;
    }
    boolean atOnce = signal.signal().equals("INT") && program.host().hasTerminal();
    int count = program.request().signal(signal, program.host().nanoTime(), atOnce);
    if (count > 0) {
      program.stopWasAsked();
    }
    if (count == 3 && program.ownsProcess()) {
      program.host().halt(128 + signal.number());
    }
  }

  /** A terminal that was closed sends it too, and then nobody wants another generation. */
  private void hangUp(Cause.Signalled signal) {
    boolean terminalIsGone = hadTerminal && !program.host().hasTerminal();
    if (program.upgradesOnHangUp() && !terminalIsGone) {
      program.upgrade(signal.signal());
    } else {
      program.askToStop(signal); // the first reason to stop, but never the second signal
    }
  }

  /**
   * Holds the shutdown up for the ordered stop, and no longer than that may take. Whoever called
   * {@code System.exit} waits for this thread: a call of a service that does counts as ended. The
   * status of that call stands, unless the stop had to be forced.
   */
  @Override
  public void onShutdown(ShutdownLog log) {
    if (!program.jvmShutsDown()) {
      return;
    }
    log.restore();
    ExitCall call = program.exitCall();
    if (call == null) {
      program.askToStop(new Cause.Asked("System.exit"));
    } else {
      String at = call.at().isEmpty() ? "" : ", at " + call.at();
      program.log().warning("srun", call + " was called by thread " + call.thread().getName() + at);
      program.askToStop(new Cause.Asked(call.toString()));
    }
    long end = program.graceEnd() + Lookout.AFTER_GRACE.toNanos();
    while (!program.isOver() && !Deadlines.hasPassed(end, program.host().nanoTime())) {
      findCallsThatExit();
      program.awaitEnd(LOOK);
    }
    program.log().flush(LAST_WORDS);
    log.end(program.host(), timeToEndLog(end));
    Exit exit = program.exitOrNull();
    if (program.ownsProcess() && (exit == null || exit.outcome() == Outcome.FORCED)) {
      program.host().halt(program.settings().exitCodes().forced());
    }
  }

  /** What is left of the grace period, but at least a second. */
  private Duration timeToEndLog(long end) {
    Duration left = Duration.ofNanos(end - program.host().nanoTime());
    return left.compareTo(LAST_WORDS) < 0 ? LAST_WORDS : left;
  }

  @Override
  public boolean onExit(ExitCall call) {
    return program.exitIsCalled(call);
  }

  /** Tells the supervisor which calls wait in {@code System.exit} for the stop itself. */
  void findCallsThatExit() {
    SetupCall setup = program.setupCall();
    if (setup != null && exits(setup.thread())) {
      setup.endWithout();
    }
    for (Slot slot : program.slots()) {
      if (slot.isStopping() && !slot.isOver()) {
        slot.calls().stream()
            .filter(call -> call.thread() != null && exits(call.thread()))
            .forEach(call -> program.post(new Event.CallExits(slot, call)));
        Owned owned = slot.context().owned();
        owned.liveThreads().stream().filter(SignalReceiver::exits).forEach(owned::abandon);
      }
    }
  }

  /** Whether the thread stands in {@code System.exit}. */
  static boolean exits(Thread thread) {
    return Arrays.stream(thread.getStackTrace())
        .anyMatch(frame ->
            frame.getClassName().equals("java.lang.Runtime")
                && frame.getMethodName().equals("exit"));
  }
}
