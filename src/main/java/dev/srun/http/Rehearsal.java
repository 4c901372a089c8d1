package dev.srun.http;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What became of a {@linkplain HttpListener#rehearse rehearsal}.
 *
 * @param statuses how many requests were answered with which status
 * @param took the time for all of them
 * @param first how long the first answer took
 * @param last how long the last one took
 */
public record Rehearsal(
    Map<Integer, Integer> statuses, Duration took, Duration first, Duration last) {

  /** Keeps a copy. */
  public Rehearsal {
    statuses = Map.copyOf(statuses);
  }

  /**
   * Returns how many requests were answered.
   *
   * @return the count
   */
  public int answered() {
    return statuses.values().stream().mapToInt(Integer::intValue).sum();
  }

  /** Returns all of it in a line, for a log. */
  @Override
  public String toString() {
    String each =
        new TreeMap<>(statuses)
            .entrySet().stream()
                .map(entry -> "%d: %,d".formatted(entry.getKey(), entry.getValue()))
                .collect(Collectors.joining(", "));
    return answered() == 0
        ? "no request was answered in " + millis(took)
        : String.format(
            Locale.ROOT,
            "%,d requests in %s, the first %s, the last %s (%s)",
            answered(),
            millis(took),
            millis(first),
            millis(last),
            each);
  }

  private static String millis(Duration time) {
    double millis = time.toNanos() / 1e6;
    return String.format(Locale.ROOT, millis < 10 ? "%.1fms" : "%,.0fms", millis);
  }
}
