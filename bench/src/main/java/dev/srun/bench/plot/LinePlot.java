package dev.srun.bench.plot;

import static dev.srun.bench.plot.Svg.number;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedSet;

/**
 * Lines over a number that was varied, both axes in decades, with quartiles, named at their ends.
 */
final class LinePlot {
  private static final double LEFT = 64;
  private static final double RIGHT = Svg.WIDTH - 170.0;
  private static final double TOP = 66;
  private static final double BOTTOM = 396;
  private static final double HEIGHT = 460;
  private static final double LABEL = 17;
  private static final int ROUNDS = 100;

  // Told apart without colour, too: by name, by marker and by dashes.
  private static final String[] MARKERS = {
    "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0",
    "m-4-4h8v8h-8z",
    "m0-5l5 9h-10z",
    "m0-5.5l5.5 5.5l-5.5 5.5l-5.5-5.5z"
  };
  private static final String[] DASHES = {"none", "7 4", "2 3", "9 3 2 3"};

  /** Where a line ends and its name should be. */
  private record End(String name, String colour, String style, double x, double y) {}

  private final List<Series> all;
  private final Scale across;
  private final Scale up;

  LinePlot(List<Series> all) {
    this.all = all;
    SortedSet<Integer> numbers = Series.numbers(all);
    this.across = Scale.log(numbers.first(), numbers.last(), LEFT, RIGHT);
    List<Spread> spreads = all.stream().flatMap(each -> each.points().values().stream()).toList();
    this.up =
        Scale.log(
            spreads.stream().mapToDouble(Spread::lower).min().orElseThrow(),
            spreads.stream().mapToDouble(Spread::upper).max().orElseThrow(),
            BOTTOM,
            TOP);
  }

  String draw(String title, String subtitle, String over, String source) {
    Svg svg = new Svg(title, subtitle);
    for (double tick : up.ticks()) {
      double y = up.place(tick);
      svg.line(LEFT, y, RIGHT, y, "grid");
      svg.text(LEFT - 8, y + 4, "quiet", "end", plain(tick));
    }
    for (int number : Series.numbers(all)) {
      double x = across.place(number);
      svg.line(x, BOTTOM, x, BOTTOM + 5, "grid");
      svg.text(x, BOTTOM + 20, "quiet", "middle", "%,d".formatted(number));
    }
    svg.text(RIGHT + 12, BOTTOM + 20, "quiet", "start", over);
    List<End> ends = new ArrayList<>();
    int others = 0;
    // srun's last, so that they are on top
    for (Series series : all) {
      if (!series.isSrun()) {
        ends.add(draw(svg, series, others, "c" + others % Svg.COLOURS, 1.75, ""));
        others++;
      }
    }
    int own = 0;
    for (Series series : all) {
      if (series.isSrun()) {
        ends.add(draw(svg, series, own++, "srun", 3, "strong"));
      }
    }
    name(svg, ends);
    return svg.toString(HEIGHT, source);
  }

  private End draw(Svg svg, Series series, int place, String colour, double width, String style) {
    StringBuilder path = new StringBuilder();
    double x = 0;
    double y = 0;
    for (var point : series.points().entrySet()) {
      x = across.place(point.getKey());
      y = up.place(point.getValue().median());
      path.append(path.isEmpty() ? 'M' : 'L').append(number(x)).append(' ').append(number(y));
      String quartiles =
          "M%s %sV%s"
              .formatted(
                  number(x),
                  number(up.place(point.getValue().lower())),
                  number(up.place(point.getValue().upper())));
      svg.quiet(quartiles, colour);
      String marker = MARKERS[place % MARKERS.length];
      svg.shape("M%s %s%s".formatted(number(x), number(y), marker), colour);
    }
    svg.path(path.toString(), colour, width, dashes(place));
    return new End(series.name(), colour, style, x, y);
  }

  /** Another one when the markers begin again. */
  private static String dashes(int place) {
    return DASHES[(place + place / MARKERS.length) % DASHES.length];
  }

  /** Names lines at their ends, so far apart that names can be read. */
  private static void name(Svg svg, List<End> ends) {
    List<End> sorted = ends.stream().sorted(Comparator.comparing(End::y)).toList();
    double[] places = sorted.stream().mapToDouble(End::y).toArray();
    spread(places);
    for (int i = 0; i < places.length; i++) {
      End end = sorted.get(i);
      String lead =
          "M%s %sL%s %s"
              .formatted(
                  number(end.x() + 7), number(end.y()), number(RIGHT + 10), number(places[i]));
      svg.quiet(lead, end.colour());
      svg.coloured(RIGHT + 14, places[i] + 4, end.colour(), end.style(), end.name());
    }
  }

  /** Moves places apart, those that are too near by the same way each. */
  private static void spread(double[] places) {
    for (int round = 0; round < ROUNDS; round++) {
      for (int i = 1; i < places.length; i++) {
        double lacking = LABEL - (places[i] - places[i - 1]);
        if (lacking > 0) {
          places[i - 1] -= lacking / 2;
          places[i] += lacking / 2;
        }
      }
    }
  }

  private static String plain(double tick) {
    return tick >= 1 ? "%,.0f".formatted(tick) : Double.toString(tick);
  }
}
