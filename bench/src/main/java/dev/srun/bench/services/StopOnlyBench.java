package dev.srun.bench.services;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** How long it takes to stop a program of N services, which was started before. */
public class StopOnlyBench extends SequenceBench {

  @Param SequenceKind sequence;

  /** Makes and starts the services. */
  @Setup(Level.Invocation)
  public void start() throws Exception {
    open(sequence);
    run(Sequence::start);
  }

  /** Stops them. */
  @Benchmark
  public void stop() throws Exception {
    run(Sequence::stop);
  }
}
