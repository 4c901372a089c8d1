package dev.srun;

import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Calls the phases of services, each call on a thread of the scope, and posts how it ended. The
 * only place that runs service code. Its methods are called by the supervisor and never wait.
 */
final class PhaseThreads {
  private static final long PAUSE_NANOS = 10_000_000;

  private final Program program;
  private @Nullable TaskScope scope;

  PhaseThreads(Program program) {
    this.program = program;
  }

  /** Forks what comes from here on in this scope. */
  void enterScope(TaskScope next) {
    scope = next;
  }

  /**
   * Starts what comes from here on as platform threads outside the scope: virtual ones get no
   * processor, and the scope belongs to one of them.
   */
  void leaveScope() {
    scope = null;
  }

  /** Calls init and, if nobody has forbidden it by then, run on the same thread. */
  void initThenRun(Slot slot) {
    fork(slot, Phase.INIT, new InitThenRun(slot));
  }

  /**
   * A class of its own rather than lambdas around each other, since a run that waits as long as the
   * program runs keeps every frame below it.
   */
  private final class InitThenRun implements Runnable {
    private final Slot slot;

    InitThenRun(Slot slot) {
      this.slot = slot;
    }

    @Override
    public void run() {
      if (!entersRun()) {
        return;
      }
      Throwable thrown = null;
      try {
        slot.definition().service().run(slot.context());
      } catch (Throwable e) {
        thrown = e;
      }
      // Posted first, so that a failed run is never taken for a ready one.
      post(slot, Phase.RUN, thrown);
      slot.context().runEnded();
    }

    private boolean entersRun() {
      Throwable error = thrownBy(() -> slot.definition().service().init(slot.context()));
      Thread.interrupted(); // what init left behind; the runner's own comes with a refusal
      boolean enters = error == null && slot.takeRunPermit();
      if (enters) {
        slot.context().runEntered();
      }
      post(slot, Phase.INIT, error);
      return enters;
    }
  }

  private static @Nullable Throwable thrownBy(Failures.Call code) {
    try {
      code.call();
      return null;
    } catch (Throwable e) {
      return e;
    }
  }

  void ready(Slot slot) {
    call(slot, Phase.READY, () -> slot.definition().service().ready(slot.context()));
  }

  void warmUp(Slot slot) {
    WarmedUp warmed = (WarmedUp) slot.definition().service();
    call(slot, Phase.WARM_UP, () -> warmed.warmUp(slot.context()));
  }

  /** Calls the service's check; its answer is kept with its health. */
  void check(Slot slot) {
    HealthChecked checked = (HealthChecked) slot.definition().service();
    call(slot, Phase.CHECK, () -> slot.health().answer(checked.check()));
  }

  /** Calls what is to be told that the drain begins. */
  void drain(Slot slot) {
    call(slot, Phase.DRAIN, slot.context()::beginDrain);
  }

  void stop(Slot slot) {
    call(slot, Phase.STOP, () -> slot.definition().service().stop(slot.context()));
  }

  void close(Slot slot) {
    call(slot, Phase.CLOSE, () -> slot.context().owned().close(slot.name()));
  }

  private void call(Slot slot, Phase phase, Failures.Call code) {
    fork(slot, phase, () -> post(slot, phase, thrownBy(code)));
  }

  private void fork(Slot slot, Phase phase, Runnable body) {
    fork(slot, new Slot.Call(phase, program.host().nanoTime(), body));
  }

  private void fork(Slot slot, Slot.Call call) {
    boolean isInit = call.phase() == Phase.INIT;
    String name = isInit ? slot.name() : slot.name() + "-" + call.phase();
    slot.began(call);
    try {
      call.thread(
          scope == null
              ? program.host().startThread(name, true, call)
              : scope.fork(name, isInit && slot.definition().onPlatformThread(), call));
    } catch (Throwable noThread) {
      post(slot, call.phase(), noThread);
    }
  }

  /** Makes the calls again whose threads were made but got no processor yet. */
  void resume(Slot slot) {
    for (Slot.Call call : slot.calls()) {
      if (!call.claim()) {
        continue;
      }
      boolean starts =
          switch (call.phase()) {
            case INIT, READY, WARM_UP, CHECK -> true;
            case SETUP, RUN, DRAIN, STOP, CLOSE -> false;
          };
      if (starts && slot.isStopping()) {
        post(slot, call.phase(), null);
      } else {
        fork(slot, call.again());
      }
    }
  }

  /** An interrupt is how most runs end: it is not worth the text of its stack. */
  private static boolean isUsualEndOfRun(Slot slot, Phase phase, Throwable error) {
    return phase == Phase.RUN
        && error.getClass() == InterruptedException.class
        && slot.state() == ServiceState.SHUTTING_DOWN;
  }

  /** That a call has ended must be known, also where there is no memory to say so for a while. */
  private void post(Slot slot, Phase phase, @Nullable Throwable error) {
    boolean posted = false;
    while (!posted && !program.isOver()) {
      try {
        Failure failure = error == null ? null : failure(slot, phase, error);
        program.post(new Event.PhaseEnded(slot, phase, failure));
        posted = true;
      } catch (OutOfMemoryError e) {
        program.outOfMemory();
        pause();
      }
    }
  }

  private static void pause() {
    try {
      LockSupport.parkNanos(PAUSE_NANOS);
    } catch (OutOfMemoryError e) {
      Thread.onSpinWait(); // even waiting may take memory
    }
  }

  private Failure failure(Slot slot, Phase phase, Throwable error) {
    if (isUsualEndOfRun(slot, phase, error)) {
      return new Failure(slot.name(), phase, error, error.toString());
    }
    if (error instanceof OutOfMemoryError) {
      program.releaseMemory();
    } else {
      program.post(new Event.Throwing(slot, phase, error));
    }
    return Failures.of(slot.name(), phase, error);
  }

  /** Interrupts all calls of the service. */
  void interrupt(Slot slot) {
    interrupt(slot, call -> true);
  }

  /**
   * Interrupts the threads of calls, each from a thread of its own: interrupting one that is in a
   * channel closes the channel, which is user code.
   */
  void interrupt(Slot slot, Predicate<Slot.Call> which) {
    for (Slot.Call call : slot.calls()) {
      Thread thread = call.thread();
      if (thread != null && which.test(call)) {
        program.host().startThread("srun-interrupt", scope == null, thread::interrupt);
      }
    }
  }
}
