package dev.srun;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** Counts how long something takes; any thread, without waiting. Costs nothing before its first. */
final class Latency {
  static final Duration LONGEST = Duration.ofHours(1);

  private static final int DIGITS = 2;

  private final AtomicReference<@Nullable Histogram> nanos = new AtomicReference<>();

  void record(long took) {
    Histogram histogram = nanos.get();
    if (histogram == null) {
      Histogram first = new ConcurrentHistogram(LONGEST.toNanos(), DIGITS);
      histogram = nanos.compareAndSet(null, first) ? first : nanos.get();
    }
    if (histogram != null) {
      histogram.recordValue(Math.clamp(took, 0, LONGEST.toNanos()));
    }
  }

  LatencySnapshot snapshot() {
    Histogram histogram = nanos.get();
    return new LatencySnapshot(
        histogram == null ? new Histogram(LONGEST.toNanos(), DIGITS) : histogram.copy());
  }
}
