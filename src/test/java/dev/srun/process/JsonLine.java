package dev.srun.process;

import java.util.LinkedHashMap;
import java.util.Map;

/** Reads a line that must be one JSON object of strings, as strictly as RFC 8259 has it. */
final class JsonLine {
  private final String text;
  private int at;

  private JsonLine(String text) {
    this.text = text;
  }

  /** The fields; {@link IllegalArgumentException} where the line is anything else. */
  static Map<String, String> parse(String line) {
    return new JsonLine(line).object();
  }

  private Map<String, String> object() {
    Map<String, String> fields = new LinkedHashMap<>();
    expect('{');
    do {
      String name = string();
      expect(':');
      if (fields.put(name, string()) != null) {
        throw bad("a second " + name);
      }
    } while (next(','));
    expect('}');
    if (at != text.length()) {
      throw bad("the end");
    }
    return fields;
  }

  private String string() {
    StringBuilder value = new StringBuilder();
    expect('"');
    while (!next('"')) {
      char c = take();
      if (c < ' ') {
        throw bad("no control character");
      }
      value.append(c == '\\' ? escaped() : c);
    }
    return value.toString();
  }

  private char escaped() {
    char c = take();
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> {
        String digits = "" + take() + take() + take() + take();
        yield (char) Integer.parseInt(digits, 16);
      }
      default -> throw bad("an escape");
    };
  }

  private char take() {
    if (at == text.length()) {
      throw bad("more");
    }
    return text.charAt(at++);
  }

  private boolean next(char c) {
    boolean there = at < text.length() && text.charAt(at) == c;
    at += there ? 1 : 0;
    return there;
  }

  private void expect(char c) {
    if (!next(c)) {
      throw bad("'" + c + "'");
    }
  }

  private IllegalArgumentException bad(String expected) {
    return new IllegalArgumentException("expected " + expected + " at " + at + " of " + text);
  }
}
