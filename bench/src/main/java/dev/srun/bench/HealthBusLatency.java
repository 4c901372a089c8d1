package dev.srun.bench;

import dev.srun.Health;
import dev.srun.HealthStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * How long publishing takes and how long until the last subscriber was told, with and without a
 * subscriber that is slow; printed as tables.
 *
 * <p>A virtual thread publishes, waits until every other subscriber was told, pauses, and publishes
 * the next. The passes are interleaved; a figure is the median of the passes, with the least and
 * the greatest.
 */
public final class HealthBusLatency {
  private static final Duration RUN = Duration.ofSeconds(1);
  private static final Duration PATIENCE = RUN.plusMillis(500);
  private static final Duration PAUSE = Duration.ofMillis(1);
  private static final int DIGITS = 3;

  private HealthBusLatency() {}

  /** One more subscriber than those that are waited for. */
  private enum Extra {
    NONE,
    TAKES_10_MS,
    BLOCKED
  }

  /** What is run, and what has come of each pass. */
  private record Case(BusKind bus, int subscribers, Extra extra, Duration pause, List<Run> runs) {
    Case(BusKind bus, int subscribers, Extra extra, Duration pause) {
      this(bus, subscribers, extra, pause, new ArrayList<>());
    }

    void pass() throws InterruptedException {
      Run run = new Run(this);
      run.execute();
      runs.add(run);
    }

    String median(ToLongFunction<Run> figure) {
      long[] sorted = runs.stream().mapToLong(figure).sorted().toArray();
      return micros(sorted[sorted.length / 2])
          + " ("
          + micros(sorted[0])
          + "–"
          + micros(sorted[sorted.length - 1])
          + ")";
    }

    boolean stands() {
      return runs.stream().anyMatch(run -> run.stands);
    }
  }

  private static String micros(long nanos) {
    return nanos < 10_000 ? "%.2f".formatted(nanos / 1e3) : "%.0f".formatted(nanos / 1e3);
  }

  /** One pass of one case. */
  private static final class Run {
    final Histogram publish = new Histogram(DIGITS);
    final Histogram delivery = new Histogram(DIGITS);
    final Histogram behind = new ConcurrentHistogram(DIGITS);
    boolean stands;

    private final Case what;
    private final Tally tally = new Tally();
    private final CountDownLatch end = new CountDownLatch(1);
    private volatile long latest;

    Run(Case what) {
      this.what = what;
    }

    void execute() throws InterruptedException {
      Consumer<Health> fast = health -> tally.add();
      List<Consumer<Health>> all = new ArrayList<>(Collections.nCopies(what.subscribers, fast));
      if (what.extra != Extra.NONE) {
        all.addFirst(this::dawdle);
      }
      try (Bus bus = what.bus.open(all)) {
        Thread publisher = Thread.ofVirtual().start(() -> publish(bus));
        stands = !publisher.join(PATIENCE);
        end.countDown();
        publisher.join();
      }
    }

    private void publish(Bus bus) {
      long until = System.nanoTime() + RUN.toNanos();
      while (System.nanoTime() - until < 0 && end.getCount() > 0) {
        tally.expect(what.subscribers);
        latest++;
        Health health = new Health(HealthStatus.HEALTHY, Long.toString(latest));
        long begin = System.nanoTime();
        bus.publish(health);
        publish.recordValue(System.nanoTime() - begin);
        delivery.recordValue(tally.await() - begin);
        if (!what.pause.isZero()) {
          LockSupport.parkNanos(what.pause.toNanos());
        }
      }
    }

    private void dawdle(Health health) {
      if (end.getCount() == 0) {
        return;
      }
      behind.recordValue(latest - Long.parseLong(health.reason()));
      try {
        if (what.extra == Extra.BLOCKED) {
          end.await();
        } else {
          end.await(10, TimeUnit.MILLISECONDS);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * Runs every case and prints the tables.
   *
   * @param args how many passes, and which buses; all if none is named
   */
  public static void main(String[] args) throws InterruptedException {
    Logger.getLogger("").setLevel(Level.OFF);
    int passes = args.length == 0 ? 5 : Integer.parseInt(args[0]);
    List<BusKind> buses =
        args.length < 2
            ? List.of(BusKind.values())
            : Arrays.stream(args).skip(1).map(BusKind::valueOf).toList();
    List<Case> paced = new ArrayList<>();
    List<Case> slow = new ArrayList<>();
    for (BusKind bus : buses) {
      for (int subscribers : new int[] {1, 8, 64}) {
        paced.add(new Case(bus, subscribers, Extra.NONE, PAUSE));
      }
      for (Duration pause : List.of(Duration.ZERO, PAUSE)) {
        for (Extra extra : Extra.values()) {
          slow.add(new Case(bus, 8, extra, pause));
        }
      }
    }
    for (int pass = -1; pass < passes; pass++) {
      for (List<Case> cases : List.of(paced, slow)) {
        for (Case each : cases) {
          each.pass();
          if (pass < 0) {
            each.runs.clear(); // the first pass warms up
          }
        }
      }
    }
    print(paced);
    print(slow);
  }

  private static void print(List<Case> cases) {
    System.out.println(
        "| bus | subscribers | one more | pause | publish p50 µs | publish p99 µs | last told p50 µs"
            + " | last told p99 µs | its messages behind p50 / p99 / max |");
    System.out.println("|---|---|---|---|---|---|---|---|---|");
    cases.forEach(HealthBusLatency::print);
    System.out.println();
  }

  private static void print(Case row) {
    List<String> cells = new ArrayList<>();
    cells.add(row.bus.name());
    cells.add(Integer.toString(row.subscribers));
    cells.add(row.extra.name());
    cells.add(row.pause.toMillis() + " ms");
    if (row.stands()) {
      cells.addAll(List.of("stands", "stands", "stands", "stands"));
    } else {
      cells.add(row.median(run -> run.publish.getValueAtPercentile(50)));
      cells.add(row.median(run -> run.publish.getValueAtPercentile(99)));
      cells.add(row.median(run -> run.delivery.getValueAtPercentile(50)));
      cells.add(row.median(run -> run.delivery.getValueAtPercentile(99)));
    }
    Histogram behind = new Histogram(DIGITS);
    row.runs.forEach(run -> behind.add(run.behind));
    cells.add(
        behind.getTotalCount() == 0
            ? ""
            : "%d / %d / %d"
                .formatted(
                    behind.getValueAtPercentile(50),
                    behind.getValueAtPercentile(99),
                    behind.getMaxValue()));
    System.out.println("| " + String.join(" | ", cells) + " |");
  }
}
