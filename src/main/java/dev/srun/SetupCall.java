package dev.srun;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The call of a program's setup, which a request to stop ends: it interrupts the thread that is in
 * the setup, once, and sees that the process ends also where the setup does not.
 *
 * <p>Its thread gets the interrupt status back that it had before, so that no interrupt of the
 * runner's reaches a later phase or the caller of {@link Srun}.
 */
final class SetupCall {

  private enum State {
    GOES_ON,
    /** A request to stop has come, and another thread is about to interrupt this one. */
    IS_BEING_INTERRUPTED,
    INTERRUPTED,
    /** It has returned or thrown, or nobody waits for it any more. */
    ENDED
  }

  /**
   * How long the setup's end waits for the one who interrupts it, in steps of a millisecond: an
   * interrupt closes the channel at which a thread waits, and that may take longer.
   */
  private static final int STEPS_OF_INTERRUPT = 100;

  private static final long STEP_NANOS = 1_000_000;

  private final Launch launch;
  private final Program program;
  private final Registry registry;
  private final Thread thread = Thread.currentThread();
  private final boolean wasInterrupted = thread.isInterrupted();
  private final AtomicReference<State> state = new AtomicReference<>(State.GOES_ON);
  private final AtomicBoolean watched = new AtomicBoolean();
  private volatile @Nullable Thread watch;

  SetupCall(Launch launch, Program program, Registry registry) {
    this.launch = launch;
    this.program = program;
    this.registry = registry;
  }

  /** The thread that is in the setup. */
  Thread thread() {
    return thread;
  }

  /**
   * Calls the setup, unless the program was asked to stop before, and has the program begin with
   * what it has registered.
   */
  void make(@Nullable Setup setup) {
    Thrown thrown = program.request().asked() == null ? thrownBy(setup) : null;
    if (end()) {
      launch.begin(program, registry, thrown);
    }
  }

  /** Calls the setup; returns what it has thrown, with the text, which is user code as well. */
  private @Nullable Thrown thrownBy(@Nullable Setup setup) {
    try {
      if (setup == null) {
        throw new MisconfiguredException(
            "the setup of " + program.settings().program() + " is null");
      }
      setup.register(registry);
      return null;
    } catch (Throwable e) {
      return Thrown.of("srun", Phase.SETUP, e, program.request().asked() != null);
    }
  }

  /** Returns false if somebody else has ended the program, or begun to. */
  private boolean end() {
    if (state.compareAndSet(State.GOES_ON, State.ENDED)) {
      return true;
    }
    for (int i = 0; i < STEPS_OF_INTERRUPT && state.get() == State.IS_BEING_INTERRUPTED; i++) {
      Thread.interrupted();
      LockSupport.parkNanos(this, STEP_NANOS);
    }
    boolean isFirst = state.getAndSet(State.ENDED) != State.ENDED;
    Thread.interrupted(); // the runner's
    if (wasInterrupted) {
      thread.interrupt();
    }
    LockSupport.unpark(watch);
    return isFirst;
  }

  /**
   * The program was asked to stop, or asked more urgently: interrupts the setup, once, unless it
   * stands in {@code System.exit}. Any thread.
   */
  void stopWasAsked() {
    if (state.get() == State.ENDED || SignalReceiver.exits(thread)) {
      return;
    }
    boolean isFirst = state.compareAndSet(State.GOES_ON, State.IS_BEING_INTERRUPTED);
    try {
      watch(); // first, since an interrupt may run into a channel's close
    } finally {
      if (isFirst) {
        thread.interrupt();
        state.compareAndSet(State.IS_BEING_INTERRUPTED, State.INTERRUPTED);
      }
    }
  }

  /**
   * Has the program end without the setup, whose thread stands in {@code System.exit} and does not
   * come back. Called by the thread that holds up the JVM's shutdown.
   */
  void endWithout() {
    if (state.getAndSet(State.ENDED) != State.ENDED) {
      LockSupport.unpark(watch);
      launch.begin(program, registry, null);
    }
  }

  /** Has somebody see to a setup that does not end, from the first request to stop on. */
  private void watch() {
    if (watched.compareAndSet(false, true)) {
      try {
        program.host().startThread("srun-setup-watch", true, new Watch());
      } catch (Throwable noThread) {
        watched.set(false); // the next signal tries again
        throw noThread;
      }
    } else {
      LockSupport.unpark(watch); // there may be less time by now
    }
  }

  /**
   * The body of a thread that exists only while a stopping program waits for its setup: reports a
   * setup that outlives the grace, and ends the process.
   */
  private final class Watch implements Runnable {
    private @Nullable Straggler reported;

    @Override
    public void run() {
      watch = Thread.currentThread();
      StopRequest.Asked asked = program.request().asked();
      if (asked == null) {
        throw new IllegalStateException("nobody has asked to stop");
      }
      String grace = Durations.text(program.settings().grace());
      program
          .log()
          .info("srun", asked.cause() + " during the setup: interrupting it, grace " + grace);
      while (state.get() != State.ENDED && !step(asked)) {
        // until there is nothing left to wait for
      }
    }

    /** Waits for the next moment, or does what is due then; true if that was the last. */
    private boolean step(StopRequest.Asked asked) {
      long now = program.host().nanoTime();
      Straggler known = reported;
      long next = known == null ? graceEnd() : end();
      if (!Deadlines.hasPassed(next, now)) {
        LockSupport.parkNanos(SetupCall.this, next - now);
        return false;
      }
      if (known == null) {
        reported = report(asked, now);
        return false;
      }
      if (program.ownsProcess()) {
        halt(asked.cause(), known);
      } else {
        leaveItToFormerHandler();
      }
      return true;
    }

    /** A second signal leaves no time but for interrupts. */
    private long graceEnd() {
      long second = program.request().secondAt();
      return second == Alarm.NEVER ? program.graceEnd() : second;
    }

    private long end() {
      if (!program.ownsProcess() && program.request().insistentSignal() > 0) {
        return program.request().secondAt(); // which is past
      }
      return Lookout.stopEnds(program) - 2 * Supervisor.FLUSH.toNanos();
    }

    private Straggler report(StopRequest.Asked asked, long now) {
      Straggler straggler =
          new Straggler(
              Registry.SETUP,
              Phase.SETUP,
              Duration.ofNanos(now - asked.at()),
              Duration.ofNanos(graceEnd() - asked.at()),
              true,
              List.of(ThreadSnapshot.of(thread)));
      program.log().say(Level.ERROR, "srun", straggler.toString(), new LogDetail.Stuck(straggler));
      return straggler;
    }

    private void halt(Cause cause, Straggler straggler) {
      if (state.getAndSet(State.ENDED) == State.ENDED) {
        return; // it has returned at the last moment
      }
      Exit exit = launch.leftInSetup(program, cause, straggler);
      program.hasEnded(exit);
      program
          .log()
          .say(Level.ERROR, "srun", exit + "; left behind: " + Registry.SETUP + " in setup", null);
      program.log().flush(Supervisor.FLUSH);
      program.blackBox().close(Supervisor.FLUSH);
      program.host().halt(exit.code());
    }

    /** Nobody gets the exit before the setup ends, so that the process would never end by this. */
    private void leaveItToFormerHandler() {
      if (program.request().signal() != null) {
        program
            .log()
            .say(
                Level.ERROR,
                "srun",
                "the setup does not end: the signal goes to its former handler",
                null);
      }
      program.passSignalOn();
    }
  }
}
