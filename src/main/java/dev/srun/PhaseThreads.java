package dev.srun;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Calls the phases of services, each call on a thread of the scope, and posts how it ended. The
 * only place that runs service code. Its methods are called by the supervisor and never wait.
 */
final class PhaseThreads {
  private static final long PAUSE_NANOS = 10_000_000;
  private static final Set<Phase> ALL = EnumSet.allOf(Phase.class);

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
  void initThenRun(Slot slot, long now) {
    fork(slot, new InitThenRun(slot, Phase.INIT, now));
  }

  /** Calls what another phase is, on a thread of its own. */
  void call(Slot slot, Phase phase, long now) {
    fork(slot, new Other(slot, phase, now));
  }

  /**
   * Init and run. A class of its own rather than lambdas around each other, since a run that waits
   * as long as the program runs keeps every frame below it.
   */
  private final class InitThenRun extends Slot.Call {
    private final Slot slot;

    InitThenRun(Slot slot, Phase phase, long since) {
      super(phase, since);
      this.slot = slot;
    }

    @Override
    public @Nullable Void call() {
      thread(Thread.currentThread());
      try {
        if (claim() && entersRun()) {
          Throwable thrown = null;
          try {
            slot.definition().service().run(slot.context());
          } catch (Throwable e) {
            thrown = e;
          }
          // Posted first, so that a failed run is never taken for a ready one.
          post(slot, Phase.RUN, thrown, true);
          slot.context().runEnded();
        }
      } finally {
        leave();
      }
      return null;
    }

    private boolean entersRun() {
      Throwable thrown = null;
      try {
        slot.definition().service().init(slot.context());
      } catch (Throwable e) {
        thrown = e;
      }
      Thread.interrupted(); // what init left behind; the runner's own comes with a refusal
      boolean enters = thrown == null && slot.takeRunPermit();
      if (enters) {
        slot.context().runEntered();
      }
      post(slot, Phase.INIT, thrown, true);
      return enters;
    }

    @Override
    Slot.Call again() {
      return new InitThenRun(slot, phase(), since());
    }
  }

  /** What has a thread of its own. */
  private final class Other extends Slot.Call {
    private final Slot slot;

    Other(Slot slot, Phase phase, long since) {
      super(phase, since);
      this.slot = slot;
    }

    @Override
    public @Nullable Void call() {
      thread(Thread.currentThread());
      try {
        if (claim()) {
          post(slot, phase(), make(slot, phase()), true);
        }
      } finally {
        leave();
      }
      return null;
    }

    @Override
    Slot.Call again() {
      return new Other(slot, phase(), since());
    }
  }

  /** Calls what the phase is, and returns what was thrown by it. */
  private @Nullable Throwable make(Slot slot, Phase phase) {
    Service service = slot.definition().service();
    ServiceContext context = slot.context();
    try {
      switch (phase) {
        case READY -> service.ready(context);
        case WARM_UP -> ((WarmedUp) service).warmUp(context);
        case CHECK -> slot.health().answer(((HealthChecked) service).check()); // kept there
        case STOP -> service.stop(context);
        case DRAIN -> {
          return lastOf(slot, phase, context.beginDrain());
        }
        case CLOSE -> {
          return lastOf(slot, phase, context.close());
        }
        case SETUP, INIT, RUN -> throw new IllegalArgumentException(phase + " is not called so");
      }
      return null;
    } catch (Throwable e) {
      return e;
    }
  }

  /** Posts all but the last, since each is a failure of its own. */
  private @Nullable Throwable lastOf(Slot slot, Phase phase, List<Throwable> thrown) {
    if (thrown.isEmpty()) {
      return null;
    }
    for (Throwable each : thrown.subList(0, thrown.size() - 1)) {
      post(slot, phase, each, false);
    }
    return thrown.getLast();
  }

  private void fork(Slot slot, Slot.Call call) {
    Phase phase = call.phase();
    boolean isInit = phase == Phase.INIT;
    String name = isInit ? slot.name() : slot.name() + "-" + phase;
    slot.began(call);
    try {
      call.thread(start(slot, name, isInit, call));
    } catch (Throwable noThread) {
      post(slot, phase, noThread, true);
    }
  }

  /** Only runs are forked in the scope's own way, which takes longer: they are what lasts. */
  private Thread start(Slot slot, String name, boolean isInit, Slot.Call call) {
    TaskScope within = scope;
    if (within == null) {
      return program.host().startThread(name, true, call);
    }
    return isInit
        ? within.fork(name, slot.definition().onPlatformThread(), call)
        : within.start(name, call);
  }

  /** Makes the calls again whose threads were made but got no processor yet. */
  void resume(Slot slot) {
    for (Slot.Call call = slot.firstCall(); call != null; call = call.next()) {
      if (!call.claim()) {
        continue;
      }
      boolean starts =
          switch (call.phase()) {
            case INIT, READY, WARM_UP, CHECK -> true;
            case SETUP, RUN, DRAIN, STOP, CLOSE -> false;
          };
      if (starts && slot.isStopping()) {
        post(slot, call.phase(), null, true);
      } else {
        fork(slot, call.again());
      }
    }
  }

  /**
   * Says what was thrown by a call, and that it has ended: that must be known, also where there is
   * no memory to say so for a while.
   */
  private void post(Slot slot, Phase phase, @Nullable Throwable error, boolean ends) {
    boolean inStop = slot.isStopping(); // first: what is thrown before the stop is not its answer
    boolean posted = false;
    while (!posted && !program.isOver()) {
      try {
        Thrown thrown = error == null ? null : thrown(slot, phase, error, inStop);
        program.post(
            thrown == null || ends
                ? new Event.PhaseEnded(slot, phase, thrown)
                : new Event.Threw(slot, thrown));
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

  private Thrown thrown(Slot slot, Phase phase, Throwable error, boolean inStop) {
    if (phase == Phase.RUN
        && error.getClass() == InterruptedException.class
        && slot.state() == ServiceState.SHUTTING_DOWN) {
      return Thrown.withoutText(slot, phase, error, inStop); // how most runs end
    }
    if (error instanceof OutOfMemoryError) {
      program.releaseMemory();
    } else {
      program.post(new Event.Throwing(slot, Thrown.withoutText(slot, phase, error, inStop)));
    }
    return Thrown.of(slot, phase, error, inStop);
  }

  /** Interrupts all calls of the service. */
  void interrupt(Slot slot) {
    interrupt(slot, ALL);
  }

  /**
   * Interrupts the threads of calls, each from a thread of its own: interrupting one that is in a
   * channel closes the channel, which is user code.
   */
  void interrupt(Slot slot, Set<Phase> which) {
    for (Slot.Call call = slot.firstCall(); call != null; call = call.next()) {
      Thread thread = call.thread();
      if (thread != null && which.contains(call.phase())) {
        program.host().startThread("srun-interrupt", scope == null, thread::interrupt);
      }
    }
  }
}
