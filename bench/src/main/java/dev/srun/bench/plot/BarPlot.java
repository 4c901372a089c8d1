package dev.srun.bench.plot;

import static dev.srun.bench.plot.Svg.number;

import dev.srun.bench.plot.Results.Row;
import java.util.Comparator;
import java.util.List;

/**
 * A bar for each program, from zero, with the least and the most, and with its floor marked in it.
 * A bar that would dwarf all others is cut.
 */
final class BarPlot {
  private static final double LEFT = 304;
  private static final double RIGHT = Svg.WIDTH - 76.0;
  private static final double TOP = 64;
  private static final double ROW = 22;
  private static final double BAR = 12;
  private static final double DWARFED = 4;

  private final List<Row> rows;
  private final String figure;
  private final String part;
  private final Scale scale;

  /**
   * Of rows of a table.
   *
   * @param figure which of their figures
   * @param part another one that is the first part of it; empty for none
   */
  BarPlot(List<Row> rows, String figure, String part) {
    this.rows = rows.stream().filter(row -> row.figures().containsKey(figure)).toList();
    this.figure = figure;
    this.part = part;
    this.scale = Scale.linear(most(), LEFT, RIGHT);
  }

  /** Returns the most that is shown in full. */
  private double most() {
    List<Spread> sorted =
        rows.stream()
            .map(row -> row.figures().get(figure))
            .sorted(Comparator.comparingDouble(Spread::median).reversed())
            .toList();
    boolean dwarfs = sorted.size() > 1 && sorted.get(0).median() > DWARFED * sorted.get(1).median();
    List<Spread> whole = dwarfs ? sorted.subList(1, sorted.size()) : sorted;
    return 1.02 * whole.stream().mapToDouble(Spread::most).max().orElseThrow();
  }

  String draw(String title, String subtitle, String source) {
    Svg svg = new Svg(title, subtitle);
    double bottom = TOP + rows.size() * ROW + 4;
    for (double tick : scale.ticks()) {
      double x = scale.place(tick);
      svg.line(x, TOP - 4, x, bottom, "grid");
      svg.text(x, bottom + 16, "quiet", "middle", "%,.0f".formatted(tick));
    }
    svg.text(Svg.WIDTH - Svg.MARGIN, bottom + 16, "quiet", "end", "ms");
    for (int i = 0; i < rows.size(); i++) {
      draw(svg, rows.get(i), TOP + i * ROW);
    }
    return svg.toString(bottom + 62, source);
  }

  private void draw(Svg svg, Row row, double top) {
    Spread spread = row.figures().get(figure);
    double middle = top + ROW / 2;
    boolean cut = spread.median() > scale.to();
    boolean own = row.name().contains("srun");
    String colour = own ? "srun" : "bar";
    svg.text(LEFT - 8, middle + 4, own ? "strong" : "", "end", row.name());
    double end = cut ? RIGHT : scale.place(spread.median());
    Spread first = row.figures().get(part);
    if (first == null) {
      svg.bar(LEFT, middle - BAR / 2, end - LEFT, BAR, colour, part.isEmpty() ? 1 : 0.45);
    } else {
      double until = Math.min(scale.place(first.median()), RIGHT);
      svg.bar(LEFT, middle - BAR / 2, until - LEFT, BAR, colour, 1);
      svg.bar(until, middle - BAR / 2, end - until, BAR, colour, 0.45);
    }
    double label = end;
    if (cut) {
      String gap = "M%s %sl6 -16h5l-6 16z".formatted(number(RIGHT - 24), number(middle + 8));
      svg.paper(gap);
    } else {
      double least = scale.place(spread.least());
      label = Math.max(end, scale.place(spread.most()));
      svg.line(least, middle, label, middle, "spread");
      svg.line(least, middle - 3, least, middle + 3, "spread");
      svg.line(label, middle - 3, label, middle + 3, "spread");
      markFloor(svg, row, middle);
    }
    svg.text(label + 7, middle + 4, own ? "strong" : "", "start", Spread.brief(spread.median()));
  }

  private void markFloor(Svg svg, Row row, double middle) {
    if (row.isFloor()) {
      return;
    }
    rows.stream()
        .filter(other -> other.name().equals(row.floor()))
        .map(floor -> scale.place(floor.figures().get(figure).median()))
        .findFirst()
        .ifPresent(x -> svg.line(x, middle - BAR / 2 - 3, x, middle + BAR / 2 + 3, "floor"));
  }
}
