package dev.srun.admin;

import java.util.Locale;

/** An SVG picture that is being written. Whatever text is put into it stays text. */
final class Drawing {
  private final StringBuilder svg = new StringBuilder(4_000);

  /**
   * Begins one.
   *
   * @param type for the style sheet
   * @param title what it shows, for those who do not see it
   */
  Drawing(String type, int width, int height, String style, String title) {
    svg.append("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"").append(type);
    svg.append("\" role=\"img\" width=\"").append(width).append("\" viewBox=\"0 0 ");
    svg.append(width).append(' ').append(height).append("\">").append(style);
    title(title);
  }

  private void title(String text) {
    svg.append("<title>").append(Html.escaped(text)).append("</title>");
  }

  void text(double x, double y, String type, String text) {
    begin("text", type).append(" x=\"").append(number(x)).append("\" y=\"").append(number(y));
    svg.append("\">").append(Html.escaped(text)).append("</text>");
  }

  /** A bar or a box, with what is said where it is pointed at; nothing if that is empty. */
  void box(String type, double x, double y, double width, double height, String tells) {
    begin("rect", type).append(" x=\"").append(number(x)).append("\" y=\"").append(number(y));
    svg.append("\" width=\"").append(number(width)).append("\" height=\"");
    svg.append(number(height)).append("\" rx=\"2\">");
    if (!tells.isEmpty()) {
      title(tells);
    }
    svg.append("</rect>");
  }

  void upright(String type, double x, double top, double bottom) {
    path(type, "M" + number(x) + " " + number(top) + "V" + number(bottom));
  }

  /** From left to right, level at both ends. */
  void curve(String type, double x1, double y1, double x2, double y2) {
    double middle = (x1 + x2) / 2;
    path(
        type,
        ("M" + number(x1) + " " + number(y1))
            + ("C" + number(middle) + " " + number(y1))
            + (" " + number(middle) + " " + number(y2))
            + (" " + number(x2) + " " + number(y2)));
  }

  /** Points to the right. */
  void arrowHead(String type, double x, double y) {
    path(
        type,
        ("M" + number(x - 7) + " " + number(y - 4) + "L" + number(x) + " " + number(y))
            + ("L" + number(x - 7) + " " + number(y + 4) + "Z"));
  }

  private void path(String type, String d) {
    begin("path", type).append(" d=\"").append(d).append("\"/>");
  }

  private StringBuilder begin(String element, String type) {
    svg.append('<').append(element);
    if (!type.isEmpty()) {
      svg.append(" class=\"").append(type).append('"');
    }
    return svg;
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }

  /** Not longer than so many characters. */
  static String shortened(String text, int longest) {
    return text.length() > longest ? text.substring(0, longest - 1) + "…" : text;
  }

  String end() {
    return svg.append("</svg>").toString();
  }
}
