package dev.srun.admin;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;

/**
 * Draws a timeline. What a bar is stands in it or behind it, and in its title: colour is only one
 * more way to tell.
 */
final class TimelineSvg {
  private static final int WIDTH = 960;
  private static final int LABELS = 190;
  private static final int VALUES = 110;
  private static final int PLOT = WIDTH - LABELS - VALUES;
  private static final int TOP = 34;
  private static final int ROW = 22;
  private static final int BAR = 14;
  private static final int TICKS = 6;
  private static final int NARROWEST_WITH_NAME = 44;
  private static final int LONGEST_NAME = 26;

  /** How it looks, in a page and by itself. */
  static final String STYLE =
      """
      .tl text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:var(--ink,#1c2024)}
      .tl .dim{fill:var(--dim,#5c6570)}
      .tl .grid{stroke:var(--line,#d8dde3);fill:none}
      .tl .in{fill:#fff;font-size:10px}
      .tl .init{fill:#2b6cb0}.tl .ready{fill:#276749}.tl .warm-up{fill:#9c4221}.tl .check{fill:#6b46c1}
      .tl .drain{fill:#2c7a7b}.tl .stop{fill:#97266d}.tl .close{fill:#4a5568}
      .tl .step{fill:#2b6cb0}
      .tl .on{stroke:var(--ink,#1c2024);stroke-dasharray:3 2}
      """;

  private final Timeline timeline;
  private final double nanosPerUnit;
  private final int bottom;
  private final Set<String> kinds;
  private final Drawing drawing;

  private TimelineSvg(Timeline timeline, String style) {
    this.timeline = timeline;
    this.nanosPerUnit = Math.max(1_000, timeline.length().toNanos()) / (double) PLOT;
    this.kinds = kinds(timeline);
    int rows = timeline.rows().size() + (timeline.left() > 0 ? 1 : 0);
    this.bottom = TOP + ROW * rows + 2;
    int height = bottom + (kinds.isEmpty() ? 2 : 24);
    String title = timeline.title() + ": " + time(timeline.length());
    this.drawing = new Drawing("tl", WIDTH, height, style, title);
  }

  /** For a page that has the style. */
  static String inPage(Timeline timeline) {
    return new TimelineSvg(timeline, "").draw();
  }

  /** For a file of its own. */
  static String alone(Timeline timeline) {
    String dark =
        "@media(prefers-color-scheme:dark){svg{--ink:#e6e9ec;--dim:#9aa4af;--line:#3a424b;"
            + "background:#16191d}}";
    return new TimelineSvg(timeline, "<style>" + STYLE + dark + "</style>").draw();
  }

  private String draw() {
    axis();
    int y = TOP;
    for (Timeline.Row row : timeline.rows()) {
      row(row, y);
      y += ROW;
    }
    if (timeline.left() > 0) {
      drawing.text(0, y + 15, "dim", "and %,d quicker ones".formatted(timeline.left()));
    }
    legend(bottom + 18);
    return drawing.end();
  }

  private void axis() {
    long step = step(timeline.length().toNanos());
    for (long at = 0; at <= timeline.length().toNanos(); at += step) {
      double x = LABELS + at / nanosPerUnit;
      drawing.upright("grid", x, TOP - 6, bottom);
      drawing.text(x, TOP - 12, "dim", time(Duration.ofNanos(at)));
    }
  }

  /** One, two or five of a power of ten, for some few ticks. */
  private static long step(long nanos) {
    long step = 1_000;
    long[] factors = {2, 5, 10};
    long power = step;
    int next = 0;
    while (nanos / step >= TICKS) {
      step = power * factors[next];
      next = (next + 1) % factors.length;
      power = next == 0 ? step : power;
    }
    return step;
  }

  private void row(Timeline.Row row, int y) {
    drawing.text(0, y + 12, "", Drawing.shortened(row.name(), LONGEST_NAME));
    double end = LABELS;
    for (Timeline.Bar bar : row.bars()) {
      end = Math.max(end, bar(row.name(), bar, y));
    }
    boolean goesOn = row.bars().stream().anyMatch(Timeline.Bar::goesOn);
    drawing.text(end + 6, y + 12, "dim", time(row.length()) + (goesOn ? " so far" : ""));
  }

  /** Returns where it ends. */
  private double bar(String name, Timeline.Bar bar, int y) {
    double x = LABELS + bar.from().toNanos() / nanosPerUnit;
    double width = Math.max(1.5, bar.length().toNanos() / nanosPerUnit);
    boolean isStep = bar.kind().equals(Timeline.STEP);
    String what = isStep ? name + ":" : name + ": " + bar.kind();
    String how = bar.goesOn() ? " for " + time(bar.length()) + " so far" : " " + time(bar.length());
    drawing.box(bar.kind() + (bar.goesOn() ? " on" : ""), x, y, width, BAR, what + how);
    if (!isStep && width >= NARROWEST_WITH_NAME) {
      drawing.text(x + 4, y + 11, "in", bar.kind());
    }
    return x + width;
  }

  /** Which the legend explains; the steps of an upgrade have their names beside them. */
  private static Set<String> kinds(Timeline timeline) {
    Set<String> kinds = new LinkedHashSet<>();
    timeline.rows().forEach(row -> row.bars().forEach(bar -> kinds.add(bar.kind())));
    kinds.remove(Timeline.STEP);
    return kinds;
  }

  private void legend(int y) {
    int x = LABELS;
    for (String kind : kinds) {
      drawing.box(kind, x, y - 9, 10, 10, "");
      drawing.text(x + 15, y, "dim", kind);
      x += 34 + 8 * kind.length();
    }
  }

  /** With a unit, and three digits at most. */
  static String time(Duration time) {
    double nanos = time.toNanos();
    if (nanos == 0) {
      return "0";
    }
    if (nanos < 1e6) {
      return digits(nanos / 1e3) + " µs";
    }
    return nanos < 1e9 ? digits(nanos / 1e6) + " ms" : seconds(time);
  }

  private static String seconds(Duration time) {
    return time.toSeconds() < 100 ? digits(time.toMillis() / 1e3) + " s" : Age.text(time);
  }

  private static String digits(double value) {
    String text =
        String.format(Locale.ROOT, value < 9.995 ? "%.2f" : value < 99.95 ? "%.1f" : "%.0f", value);
    return text.contains(".") ? text.replaceFirst("0+$", "").replaceFirst("\\.$", "") : text;
  }
}
