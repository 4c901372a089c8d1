package dev.srun.bench.plot;

import java.util.Arrays;
import java.util.Locale;

/**
 * What a figure was, again and again.
 *
 * @param least the smallest
 * @param lower the lower quartile
 * @param median the one in the middle
 * @param upper the upper quartile
 * @param most the greatest
 */
public record Spread(double least, double lower, double median, double upper, double most) {

  /** Sums up figures, at least one. */
  public static Spread of(double... figures) {
    double[] sorted = figures.clone();
    Arrays.sort(sorted);
    return new Spread(
        sorted[0],
        quantile(sorted, 0.25),
        quantile(sorted, 0.5),
        quantile(sorted, 0.75),
        sorted[sorted.length - 1]);
  }

  private static double quantile(double[] sorted, double share) {
    double place = share * (sorted.length - 1);
    int below = (int) place;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  }

  Spread dividedBy(double divisor) {
    return new Spread(
        least / divisor, lower / divisor, median / divisor, upper / divisor, most / divisor);
  }

  /** Returns the median with the least and the most behind it. */
  public String withExtremes() {
    return "%s (%s, %s)".formatted(brief(median), brief(least), brief(most));
  }

  /** Returns the median with the quartiles behind it. */
  String withQuartiles() {
    return "%s (%s–%s)".formatted(brief(median), brief(lower), brief(upper));
  }

  /** Returns a figure with two digits, or all of those before the point. */
  static String brief(double figure) {
    double size = Math.abs(figure);
    int digits = size >= 9.95 || size == 0 ? 0 : size >= 0.995 ? 1 : size >= 0.0995 ? 2 : 3;
    return String.format(Locale.ROOT, "%,." + digits + "f", figure);
  }
}
