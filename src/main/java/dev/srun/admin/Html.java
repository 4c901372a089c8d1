package dev.srun.admin;

/** Text as HTML and SVG have it. */
final class Html {
  private Html() {}

  /** For an element's text, or for the value of an attribute in double quotes. */
  static String escaped(String text) {
    StringBuilder html = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '<' -> html.append("&lt;");
        case '>' -> html.append("&gt;");
        case '&' -> html.append("&amp;");
        case '"' -> html.append("&quot;");
        case '\'' -> html.append("&#39;");
        default -> html.append(c < ' ' && c != '\n' && c != '\t' ? '\ufffd' : c);
      }
    }
    return html.toString();
  }
}
