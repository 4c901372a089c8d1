package dev.srun;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Counts how long something takes; any thread, without waiting. The first few are kept as they are:
 * the histogram's classes would take 10 ms of a start, in which the first checks are made.
 */
final class Latency {
  static final Duration LONGEST = Duration.ofHours(1);

  private static final int FEW = 64;

  private final Queue<Long> first = new ConcurrentLinkedQueue<>();
  private final AtomicInteger number = new AtomicInteger();
  private final AtomicReference<@Nullable Counts> counts = new AtomicReference<>();

  /** The one class that has the histogram's classes loaded. */
  private static final class Counts {
    private static final int DIGITS = 2;

    private final Histogram nanos = new ConcurrentHistogram(LONGEST.toNanos(), DIGITS);

    void add(long took) {
      nanos.recordValue(Math.clamp(took, 0, LONGEST.toNanos()));
    }

    LatencySnapshot snapshot() {
      return new LatencySnapshot(nanos.copy());
    }
  }

  /**
   * Counts one.
   *
   * @param took in nanoseconds
   */
  void record(long took) {
    if (number.get() < FEW && number.incrementAndGet() <= FEW) {
      first.add(took);
    } else {
      counts().add(took);
    }
  }

  LatencySnapshot snapshot() {
    Counts all = counts();
    for (Long took = first.poll(); took != null; took = first.poll()) {
      all.add(took);
    }
    return all.snapshot();
  }

  private Counts counts() {
    Counts known = counts.get();
    if (known == null) {
      Counts made = new Counts();
      Counts before = counts.compareAndExchange(null, made);
      known = before == null ? made : before;
    }
    return known;
  }
}
