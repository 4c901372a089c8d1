package dev.srun.bench.services;

import java.util.List;
import java.util.function.Function;

/** Who starts and stops the services. */
public enum SequenceKind {
  /** srun; init, run, ready and stop are implemented. Ordered, with limits and states. */
  SRUN(workers -> new SrunProgram(workers, SrunProgram.EveryPhase::new)),
  /** srun; services that have a run and nothing else, which is interrupted to stop it. */
  SRUN_RUN_ONLY(workers -> new SrunProgram(workers, SrunProgram.RunOnly::new)),
  /** The floor: a virtual thread each. Ordered; no phases, nothing that could fail. */
  BARE_THREADS(BareThreads::new),
  /** Each phase on a virtual thread of its own, four in all. Ordered; no limits, no states. */
  BARE_PHASES(workers -> new BarePhases(workers, BarePhases.Init.OWN_THREAD)),
  /** The threads that srun has: three, for init and run share one. Otherwise the same. */
  BARE_PHASES_AS_SRUN(workers -> new BarePhases(workers, BarePhases.Init.THREAD_OF_RUN)),
  /** Guava's ServiceManager on virtual threads: all at once, in no order, without limits. */
  GUAVA_VIRTUAL(workers -> new GuavaServices(workers, body -> Thread.ofVirtual().start(body))),
  /** Guava's ServiceManager as it comes, a platform thread each. */
  GUAVA_PLATFORM(
      workers -> new GuavaServices(workers, body -> Thread.ofPlatform().daemon().start(body))),
  /** Spring's DefaultLifecycleProcessor, a phase for each bean. Ordered; a limit for the stop. */
  SPRING(SpringBeans::new),
  /** Pekko's CoordinatedShutdown, which only stops. Ordered, with limits. */
  PEKKO(PekkoShutdown::new);

  private final Function<List<Worker>, Sequence> opening;

  SequenceKind(Function<List<Worker>, Sequence> opening) {
    this.opening = opening;
  }

  Sequence open(List<Worker> workers) {
    return opening.apply(workers);
  }
}
