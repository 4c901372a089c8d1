package dev.srun;

import java.time.Duration;
import java.util.Objects;
import org.HdrHistogram.Histogram;

/**
 * How long something took, over all times it happened until the moment of the snapshot. Values are
 * exact to two digits, up to an hour.
 */
public final class LatencySnapshot {
  private final Histogram nanos;

  LatencySnapshot(Histogram nanos) {
    this.nanos = nanos;
  }

  /**
   * Returns how often it happened.
   *
   * @return a count
   */
  public long count() {
    return nanos.getTotalCount();
  }

  /**
   * Returns what so many in a hundred did not exceed.
   *
   * @param percentile from 0 to 100, such as 99.9
   * @return a duration; zero if it never happened
   */
  public Duration at(double percentile) {
    return Duration.ofNanos(nanos.getValueAtPercentile(percentile));
  }

  /**
   * Returns the longest.
   *
   * @return a duration; zero if it never happened
   */
  public Duration max() {
    return Duration.ofNanos(nanos.getMaxValue());
  }

  /**
   * Returns how often it took at most so long.
   *
   * @param limit zero or longer
   * @return a count
   */
  public long countUpTo(Duration limit) {
    Objects.requireNonNull(limit, "the limit is null");
    boolean isNegative = limit.isNegative();
    Duration highest = limit.compareTo(Latency.LONGEST) < 0 ? limit : Latency.LONGEST;
    return isNegative || count() == 0 ? 0 : nanos.getCountBetweenValues(0, highest.toNanos());
  }

  /**
   * Returns how long all of them took together. Never less than that of an earlier snapshot.
   *
   * @return a duration; zero if it never happened
   */
  public Duration total() {
    return count() == 0 ? Duration.ZERO : Duration.ofNanos(Math.round(nanos.getMean() * count()));
  }

  /**
   * Returns the mean.
   *
   * @return a duration; zero if it never happened
   */
  public Duration mean() {
    return count() == 0 ? Duration.ZERO : Duration.ofNanos(Math.round(nanos.getMean()));
  }

  /** Returns count, median, p99 and the longest in one line. */
  @Override
  public String toString() {
    return count()
        + ", p50 "
        + Durations.text(at(50))
        + ", p99 "
        + Durations.text(at(99))
        + ", max "
        + Durations.text(max());
  }
}
