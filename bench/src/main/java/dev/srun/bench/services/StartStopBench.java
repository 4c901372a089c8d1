package dev.srun.bench.services;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** How long it takes to start a program of N services and to stop it again. */
public class StartStopBench extends SequenceBench {

  /** Who starts and stops; all but Pekko, which only stops. */
  @Param({
    "SRUN",
    "SRUN_RUN_ONLY",
    "BARE_THREADS",
    "BARE_PHASES",
    "BARE_PHASES_AS_SRUN",
    "GUAVA_VIRTUAL",
    "GUAVA_PLATFORM",
    "SPRING"
  })
  SequenceKind sequence;

  /** Makes the services. */
  @Setup(Level.Invocation)
  public void open() {
    open(sequence);
  }

  /** Starts and stops them. */
  @Benchmark
  public void startAndStop() throws Exception {
    run(Sequence::startAndStop);
  }
}
