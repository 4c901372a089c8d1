package dev.srun.bench.plot;

import java.util.Locale;

/** A picture as it is drawn. Its colours follow what the reader's system prefers. */
final class Svg {
  static final int WIDTH = 700;
  static final int MARGIN = 16;

  /** How many colours there are besides that of srun. */
  static final int COLOURS = 7;

  private static final String STYLE =
      """
      <style>
        svg { --paper: #ffffff; --ink: #1f2328; --quiet: #59636e; --grid: #e3e7eb; --bar: #8c959f; --srun: #0969da;
          --c0: #1f2328; --c1: #1a7f37; --c2: #bc4c00; --c3: #8250df; --c4: #bf3989; --c5: #0e7490; --c6: #7d6500 }
        @media (prefers-color-scheme: dark) {
          svg { --paper: #0d1117; --ink: #e6edf3; --quiet: #9198a1; --grid: #262c34; --bar: #6e7681; --srun: #58a6ff;
            --c0: #e6edf3; --c1: #3fb950; --c2: #f0883e; --c3: #b392f0; --c4: #f778ba; --c5: #39c5cf; --c6: #d4b34a }
        }
        text { font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: var(--ink);
          font-variant-numeric: tabular-nums }
        .title { font-size: 16px; font-weight: 600 }
        .quiet { fill: var(--quiet) }
        .strong { font-weight: 600 }
        .paper { fill: var(--paper) }
        .grid { stroke: var(--grid); stroke-width: 1; fill: none }
        .floor { stroke: var(--ink); stroke-width: 1.5; fill: none }
        .spread { stroke: var(--ink); stroke-width: 1.25; fill: none }
      </style>
      """;

  private final StringBuilder body = new StringBuilder();
  private final String title;

  Svg(String title, String subtitle) {
    this.title = title;
    text(MARGIN, 28, "title", "start", title);
    text(MARGIN, 47, "quiet", "start", subtitle);
  }

  void text(double x, double y, String style, String anchor, String text) {
    add("<text x='%s' y='%s' class='%s' text-anchor='%s'>%s</text>", x, y, style, anchor, text);
  }

  void coloured(double x, double y, String colour, String style, String text) {
    add(
        "<text x='%s' y='%s' class='%s' style='fill: var(--%s)'>%s</text>",
        x, y, style, colour, text);
  }

  void line(double x1, double y1, double x2, double y2, String style) {
    add("<path d='M%s %sL%s %s' class='%s'/>", x1, y1, x2, y2, style);
  }

  /** A line in a colour, through a path of SVG's. */
  void path(String path, String colour, double width, String dashes) {
    add(
        "<path d='%s' fill='none' style='stroke: var(--%s)' stroke-width='%s' stroke-dasharray='%s'/>",
        path, colour, width, dashes);
  }

  /** A thin line in a colour. */
  void quiet(String path, String colour) {
    add("<path d='%s' fill='none' style='stroke: var(--%s)' opacity='0.6'/>", path, colour);
  }

  void bar(double x, double y, double width, double height, String colour, double opacity) {
    add(
        "<rect x='%s' y='%s' width='%s' height='%s' style='fill: var(--%s)' opacity='%s'/>",
        x, y, Math.max(width, 0.5), height, colour, opacity);
  }

  void shape(String path, String colour) {
    add("<path d='%s' style='fill: var(--%s)'/>", path, colour);
  }

  void paper(String path) {
    add("<path d='%s' class='paper'/>", path);
  }

  static String number(double number) {
    return String.format(Locale.ROOT, "%.1f", number).replaceAll("\\.0$", "");
  }

  private void add(String format, Object... values) {
    Object[] shown = new Object[values.length];
    for (int i = 0; i < values.length; i++) {
      shown[i] = values[i] instanceof Double number ? number(number) : escaped("" + values[i]);
    }
    body.append("  ").append(String.format(Locale.ROOT, format, shown)).append('\n');
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("'", "&#39;");
  }

  /** Returns it, with a line at the bottom of where the figures come from. */
  String toString(double height, String source) {
    text(MARGIN, height - 14, "quiet", "start", source);
    String head =
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %1$d %2$s' width='%1$d' height='%2$s' role='img'>%n"
            .formatted(WIDTH, number(height));
    return head
        + "<title>"
        + escaped(title)
        + "</title>\n"
        + STYLE
        + "  <rect width='100%' height='100%' class='paper'/>\n"
        + body
        + "</svg>\n";
  }
}
