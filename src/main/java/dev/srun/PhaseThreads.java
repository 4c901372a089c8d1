package dev.srun;

import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Calls the phases of services, each call on a thread of the scope, and posts how it ended. The
 * only place that runs service code. Its methods are called by the supervisor and never wait.
 */
final class PhaseThreads {
  private final TaskScope scope;
  private final Program program;

  PhaseThreads(TaskScope scope, Program program) {
    this.scope = scope;
    this.program = program;
  }

  /** Calls init and, if nobody has forbidden it by then, run on the same thread. */
  void initThenRun(Slot slot) {
    begin(slot, Phase.INIT, slot.definition().onPlatformThread(), () -> initThenRunHere(slot));
  }

  private void initThenRunHere(Slot slot) {
    Service service = slot.definition().service();
    ServiceContext context = slot.context();
    Failure failure = Failures.of(slot.name(), Phase.INIT, () -> service.init(context));
    Thread.interrupted(); // what init left behind; the runner's own interrupt comes with a refusal
    boolean enter = failure == null && slot.takeRunPermit();
    if (enter) {
      context.runEntered();
    }
    post(slot, Phase.INIT, failure);
    if (enter) {
      Failure runFailure = failureOfRun(slot, () -> service.run(context));
      post(
          slot,
          Phase.RUN,
          runFailure); // first, so that a failed run is never taken for a ready one
      context.runEnded();
    }
  }

  /** An interrupt is how most runs end: it is not worth the text of its stack. */
  private static @Nullable Failure failureOfRun(Slot slot, Failures.Call run) {
    try {
      run.call();
      return null;
    } catch (InterruptedException e) {
      return slot.state() == ServiceState.SHUTTING_DOWN
          ? new Failure(slot.name(), Phase.RUN, e, e.toString())
          : Failures.of(slot.name(), Phase.RUN, e);
    } catch (Throwable e) {
      return Failures.of(slot.name(), Phase.RUN, e);
    }
  }

  void ready(Slot slot) {
    call(slot, Phase.READY, () -> slot.definition().service().ready(slot.context()));
  }

  void stop(Slot slot) {
    call(slot, Phase.STOP, () -> slot.definition().service().stop(slot.context()));
  }

  void close(Slot slot) {
    call(slot, Phase.CLOSE, slot.context().owned()::close);
  }

  private void call(Slot slot, Phase phase, Failures.Call code) {
    begin(slot, phase, false, () -> post(slot, phase, Failures.of(slot.name(), phase, code)));
  }

  private void begin(Slot slot, Phase phase, boolean platform, Runnable body) {
    String name = phase == Phase.INIT ? slot.name() : slot.name() + "-" + phase;
    try {
      slot.began(phase, scope.fork(name, platform, body), program.host().nanoTime());
    } catch (Throwable noThread) {
      post(slot, phase, Failures.of(slot.name(), phase, noThread));
    }
  }

  private void post(Slot slot, Phase phase, @Nullable Failure failure) {
    program.post(new Event.PhaseEnded(slot, phase, failure));
  }

  /**
   * Interrupts threads, from a thread of its own: interrupting one that is in a channel closes the
   * channel, which is user code.
   */
  void interrupt(Collection<Thread> threads) {
    List<Thread> them = List.copyOf(threads);
    program.host().startThread("srun-interrupt", () -> them.forEach(Thread::interrupt));
  }
}
