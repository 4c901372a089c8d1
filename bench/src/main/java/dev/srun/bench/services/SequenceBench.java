package dev.srun.bench.services;

import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What the benchmarks of N services have in common. The score is for all of them: divide by N for
 * the time per service.
 *
 * <p>The objects that a program would bring itself, its services, are made before each invocation
 * and are not timed. All is done on a virtual thread, whoever does it, since a virtual thread is
 * the cheapest to hand over to another one.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 8, time = 1)
@Measurement(iterations = 10, time = 1)
@Fork(value = 2, jvmArgsAppend = "--enable-preview")
public abstract class SequenceBench {

  @Param({"1", "10", "100", "1000", "10000"})
  int services;

  private List<Worker> workers;
  private Sequence sequence;

  SequenceBench() {}

  /** What is timed. */
  @FunctionalInterface
  interface Step {
    void of(Sequence sequence) throws InterruptedException;
  }

  /** Keeps every runner's words away from the console, as a program with its own logging does. */
  @Setup
  public void quiet() {
    Logger.getLogger("").setLevel(Level.WARNING);
  }

  final void open(SequenceKind kind) {
    workers = Worker.many(services);
    sequence = kind.open(workers);
  }

  final void run(Step step) throws Exception {
    FutureTask<Void> task =
        new FutureTask<>(() -> {
          step.of(sequence);
          return null;
        });
    Thread.ofVirtual().start(task);
    task.get();
  }

  /** Checks that no service was left out. */
  @TearDown(org.openjdk.jmh.annotations.Level.Invocation)
  public void check() {
    sequence.close();
    workers.forEach(Worker::check);
  }
}
