package dev.srun;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Counts how long something takes; any thread, without waiting. Nothing of the histogram's is
 * loaded before the first is counted.
 */
final class Latency {
  static final Duration LONGEST = Duration.ofHours(1);

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
    Counts known = counts.get();
    if (known == null) {
      counts.compareAndSet(null, new Counts());
      known = counts.get();
    }
    if (known != null) {
      known.add(took);
    }
  }

  LatencySnapshot snapshot() {
    Counts known = counts.get();
    return known == null ? new Counts().snapshot() : known.snapshot();
  }
}
