package dev.srun.bench.load;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** How many requests ended how, and how long those took that ended well. Not thread-safe. */
final class Figures {
  private static final int DIGITS = 3;

  private final Map<Outcome, Long> counts = new EnumMap<>(Outcome.class);
  private final Histogram micros = new Histogram(DIGITS);

  void add(Outcome outcome, long nanos) {
    counts.merge(outcome, 1L, Long::sum);
    if (outcome == Outcome.OK) {
      micros.recordValue(TimeUnit.NANOSECONDS.toMicros(nanos));
    }
  }

  void add(Figures others) {
    others.counts.forEach((outcome, count) -> counts.merge(outcome, count, Long::sum));
    micros.add(others.micros);
  }

  long count(Outcome outcome) {
    return counts.getOrDefault(outcome, 0L);
  }

  long all() {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  long failed() {
    return all() - count(Outcome.OK);
  }

  double percentile(double percentile) {
    return micros.getValueAtPercentile(percentile) / 1e3;
  }

  double max() {
    return micros.getMaxValue() / 1e3;
  }
}
