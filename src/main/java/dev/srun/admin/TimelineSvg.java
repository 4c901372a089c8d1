package dev.srun.admin;

import dev.srun.Phase;
import java.time.Duration;
import java.util.EnumSet;
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
      .tl .grid{stroke:var(--line,#d8dde3)}
      .tl .in{fill:#fff;font-size:10px}
      .tl .init{fill:#2b6cb0}.tl .ready{fill:#276749}.tl .warm-up{fill:#9c4221}.tl .check{fill:#6b46c1}
      .tl .drain{fill:#2c7a7b}.tl .stop{fill:#97266d}.tl .close{fill:#4a5568}
      .tl .on{stroke:var(--ink,#1c2024);stroke-dasharray:3 2}
      """;

  private final Timeline timeline;
  private final double nanosPerUnit;
  private final StringBuilder svg = new StringBuilder(4_000);

  private TimelineSvg(Timeline timeline) {
    this.timeline = timeline;
    this.nanosPerUnit = Math.max(1_000, timeline.length().toNanos()) / (double) PLOT;
  }

  /** For a page that has the style. */
  static String inPage(Timeline timeline) {
    return new TimelineSvg(timeline).draw("");
  }

  /** For a file of its own. */
  static String alone(Timeline timeline) {
    String dark =
        "@media(prefers-color-scheme:dark){svg{--ink:#e6e9ec;--dim:#9aa4af;--line:#3a424b;"
            + "background:#16191d}}";
    return new TimelineSvg(timeline).draw("<style>" + STYLE + dark + "</style>");
  }

  private String draw(String style) {
    int height = TOP + ROW * (timeline.rows().size() + (timeline.left() > 0 ? 1 : 0)) + 26;
    svg.append(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"tl\" role=\"img\" viewBox=\"0 0 %d %d\">"
            .formatted(WIDTH, height));
    svg.append(style);
    element("title", timeline.title() + ": " + time(timeline.length()));
    axis(height);
    int y = TOP;
    for (Timeline.Row row : timeline.rows()) {
      row(row, y);
      y += ROW;
    }
    if (timeline.left() > 0) {
      text(0, y + 15, "dim", "and %,d quicker ones".formatted(timeline.left()));
    }
    legend(height - 6);
    return svg.append("</svg>").toString();
  }

  private void axis(int height) {
    long step = step(timeline.length().toNanos());
    for (long at = 0; at <= timeline.length().toNanos(); at += step) {
      double x = LABELS + at / nanosPerUnit;
      svg.append(
          "<line class=\"grid\" x1=\"%1$s\" x2=\"%1$s\" y1=\"%2$d\" y2=\"%3$d\"/>"
              .formatted(number(x), TOP - 6, height - 24));
      text(x, TOP - 12, "dim", time(Duration.ofNanos(at)));
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
    String name = row.service();
    boolean isLong = name.length() > LONGEST_NAME;
    text(0, y + 12, "", isLong ? name.substring(0, LONGEST_NAME - 1) + "…" : name);
    double end = LABELS;
    for (Timeline.Bar bar : row.bars()) {
      double x = LABELS + bar.from().toNanos() / nanosPerUnit;
      double width = Math.max(1.5, bar.length().toNanos() / nanosPerUnit);
      svg.append(
          "<rect class=\"%s%s\" x=\"%s\" y=\"%d\" width=\"%s\" height=\"%d\" rx=\"2\">"
              .formatted(bar.phase(), bar.goesOn() ? " on" : "", number(x), y, number(width), BAR));
      String how = bar.goesOn() ? " for %s so far" : " %s";
      element("title", name + ": " + bar.phase() + how.formatted(time(bar.length())));
      svg.append("</rect>");
      if (width >= NARROWEST_WITH_NAME) {
        text(x + 4, y + 11, "in", bar.phase().toString());
      }
      end = Math.max(end, x + width);
    }
    boolean goesOn = row.bars().stream().anyMatch(Timeline.Bar::goesOn);
    text(end + 6, y + 12, "dim", time(row.length()) + (goesOn ? " so far" : ""));
  }

  private void legend(int y) {
    Set<Phase> phases = EnumSet.noneOf(Phase.class);
    timeline.rows().forEach(row -> row.bars().forEach(bar -> phases.add(bar.phase())));
    int x = LABELS;
    for (Phase phase : phases) {
      svg.append(
          "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"10\" height=\"10\" rx=\"2\"/>"
              .formatted(phase, x, y - 9));
      text(x + 15, y, "dim", phase.toString());
      x += 34 + 8 * phase.toString().length();
    }
  }

  private void text(double x, double y, String type, String text) {
    svg.append("<text x=\"%s\" y=\"%s\"".formatted(number(x), number(y)));
    svg.append(type.isEmpty() ? ">" : " class=\"" + type + "\">");
    svg.append(Html.escaped(text)).append("</text>");
  }

  private void element(String name, String text) {
    svg.append('<').append(name).append('>').append(Html.escaped(text));
    svg.append("</").append(name).append('>');
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
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
