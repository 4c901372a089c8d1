package dev.srun.admin;

import dev.srun.LatencySnapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/** Draws how often something took how long: a bar for each of 1, 2 and 5 of every power of ten. */
final class HistogramSvg {
  private static final int BAR = 22;
  private static final int LEFT = 8;
  private static final int RIGHT = 60;
  private static final int TOP = 18;
  private static final int PLOT = 70;
  private static final int LABEL = 3 * BAR;
  private static final int LEAST_BARS = 12;
  private static final Duration LONGEST = Duration.ofHours(1);
  private static final long[] STEPS = {1, 2, 5};

  /** In a page that has the style of timelines as well. */
  static final String STYLE = ".hi .bar{fill:#2b6cb0}.hi .grid{stroke:var(--line);fill:none}";

  private HistogramSvg() {}

  /**
   * A bar.
   *
   * @param to what it counts took so long at most, and longer than what the one before counts
   */
  record Bucket(Duration from, Duration to, long count) {}

  /** From the shortest that has happened to the longest; empty if nothing has. */
  static List<Bucket> buckets(ToLongFunction<Duration> countUpTo) {
    List<Bucket> buckets = new ArrayList<>();
    Duration from = Duration.ZERO;
    long below = 0;
    for (long power = 1_000; from.compareTo(LONGEST) < 0; power *= 10) {
      for (long step : STEPS) {
        Duration to = Duration.ofNanos(power * step);
        long upTo = countUpTo.applyAsLong(to);
        buckets.add(new Bucket(from, to, upTo - below));
        below = upTo;
        from = to;
      }
    }
    int first = 0;
    int last = buckets.size();
    while (first < last && buckets.get(first).count() == 0) {
      first++;
    }
    while (last > first && buckets.get(last - 1).count() == 0) {
      last--;
    }
    return buckets.subList(first, last);
  }

  static String inPage(String of, LatencySnapshot times) {
    List<Bucket> buckets = buckets(times::countUpTo);
    long most = buckets.stream().mapToLong(Bucket::count).max().orElse(1);
    int width = LEFT + Math.max(LEAST_BARS, buckets.size()) * BAR + RIGHT;
    Drawing drawing = new Drawing("tl hi", width, TOP + PLOT + 20, "", of + ": " + times);
    drawing.text(LEFT, TOP - 6, "dim", "peak %,d".formatted(most));
    double end = LEFT + buckets.size() * (double) BAR;
    double x = LEFT;
    for (Bucket bucket : buckets) {
      double height = bucket.count() == 0 ? 0 : Math.max(1, PLOT * (double) bucket.count() / most);
      String range = TimelineSvg.time(bucket.from()) + " to " + TimelineSvg.time(bucket.to());
      drawing.box(
          "bar",
          x + 1,
          TOP + PLOT - height,
          BAR - 2,
          height,
          range + ": " + "%,d".formatted(bucket.count()));
      x += BAR;
      boolean isLast = bucket.equals(buckets.getLast());
      if (isLast || (isPowerOfTen(bucket.to()) && end - x >= LABEL)) {
        drawing.upright("grid", x, TOP, TOP + PLOT + 4);
        drawing.text(x - 6, TOP + PLOT + 16, "dim", TimelineSvg.time(bucket.to()));
      }
    }
    return drawing.end();
  }

  private static boolean isPowerOfTen(Duration time) {
    return Long.toString(time.toNanos()).matches("10*");
  }
}
