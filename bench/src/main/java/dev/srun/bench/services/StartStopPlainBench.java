package dev.srun.bench.services;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** {@link StartStopBench} without StructuredTaskScope: srun has plain virtual threads. */
@Fork(value = 2)
public class StartStopPlainBench extends SequenceBench {

  @Param({"SRUN", "SRUN_RUN_ONLY"})
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
