package dev.srun.http;

/** What may stand in a header: RFC 9110, 5.1 and 5.5, without what is not US-ASCII. */
final class HeaderSyntax {
  private static final String TOKEN = "!#$%&'*+-.^_`|~";

  private HeaderSyntax() {}

  /**
   * Refuses a header that cannot be sent.
   *
   * @param of whose it is, for the message
   */
  static void require(String name, String value, String of) {
    if (name == null || value == null) {
      throw new NullPointerException(
          of + ": a header's " + (name == null ? "name" : "value") + " is null");
    }
    if (!isName(name) || !isValue(value)) {
      throw new IllegalArgumentException(
          of + ": header " + Routes.quoted(name) + " cannot be sent");
    }
  }

  private static boolean isName(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean isLetter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (!isLetter && !(c >= '0' && c <= '9') && TOKEN.indexOf(c) < 0) {
        return false;
      }
    }
    return !text.isEmpty();
  }

  private static boolean isValue(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < ' ' || text.charAt(i) > '~') {
        return false;
      }
    }
    return true;
  }
}
