package dev.srun.bench;

import dev.srun.Health;
import dev.srun.HealthStatus;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to have a change of health told to N subscribers. */
@State(Scope.Benchmark)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 7, time = 1)
@Fork(value = 1, jvmArgsAppend = "--enable-preview")
public class HealthBusBench {
  private static final int ROUNDS = 100;

  @Param BusKind bus;

  @Param({"1", "8", "64"})
  int subscribers;

  /** The status of what is published, which differs in its reason only. */
  @Param("HEALTHY")
  HealthStatus status;

  private final Tally tally = new Tally();
  private List<Health> healths;
  private Bus open;
  private int published;

  /** Opens the bus; srun's words are kept away from the console. */
  @Setup
  public void open() {
    Logger.getLogger("").setLevel(Level.OFF);
    healths =
        IntStream.range(0, 1024).mapToObj(i -> new Health(status, Integer.toString(i))).toList();
    Consumer<Health> subscriber = health -> tally.add();
    open = bus.open(Collections.nCopies(subscribers, subscriber));
  }

  @TearDown
  public void close() {
    open.close();
  }

  private void publish() {
    open.publish(healths.get(published++ & 1023));
  }

  /**
   * A virtual thread publishes, and goes on when every subscriber has been told. Divide by the
   * subscribers for the time per delivery.
   */
  @Benchmark
  @BenchmarkMode(Mode.AverageTime)
  @OutputTimeUnit(TimeUnit.MICROSECONDS)
  @OperationsPerInvocation(ROUNDS)
  public void round() throws InterruptedException {
    Thread.ofVirtual().start(this::rounds).join();
  }

  private void rounds() {
    for (int i = 0; i < ROUNDS; i++) {
      tally.expect(subscribers);
      publish();
      tally.await();
    }
  }

  /** How many deliveries were made while publishes were counted. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Deliveries {
    private Tally tally;
    private long before;

    @Setup(org.openjdk.jmh.annotations.Level.Iteration)
    public void begin(HealthBusBench bench) {
      tally = bench.tally;
      before = tally.delivered();
    }

    /** Read by JMH after each iteration. */
    public long deliveries() {
      return tally.delivered() - before;
    }
  }

  /** A platform thread publishes as fast as it may, without waiting for subscribers. */
  @Benchmark
  @BenchmarkMode(Mode.Throughput)
  @OutputTimeUnit(TimeUnit.SECONDS)
  public void flood(Deliveries deliveries) {
    publish();
  }
}
