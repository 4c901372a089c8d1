package dev.srun.admin;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON (RFC 8259) of maps, collections, text, numbers and truth values; an instant is ISO-8601, a
 * duration a number of seconds.
 */
final class Json {
  private final StringBuilder text = new StringBuilder();

  private Json() {}

  static String text(@Nullable Object value) {
    Json json = new Json();
    json.value(value);
    return json.text.append('\n').toString();
  }

  /** An object of names and values in turn; the order is kept. */
  static Map<String, @Nullable Object> object(@Nullable Object... namesAndValues) {
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      object.put(String.valueOf(namesAndValues[i]), namesAndValues[i + 1]);
    }
    return object;
  }

  private void value(@Nullable Object value) {
    switch (value) {
      case null -> text.append("null");
      case Map<?, ?> map -> map(map);
      case Collection<?> elements -> list(elements);
      case Number number -> text.append(number);
      case Boolean truth -> text.append(truth);
      case Duration duration -> seconds(duration);
      case Instant at -> quoted(at.toString());
      default -> quoted(value.toString());
    }
  }

  private void map(Map<?, ?> map) {
    String separator = "{";
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      text.append(separator);
      quoted(String.valueOf(entry.getKey()));
      text.append(':');
      value(entry.getValue());
      separator = ",";
    }
    text.append(map.isEmpty() ? "{}" : "}");
  }

  private void list(Collection<?> elements) {
    text.append('[');
    String separator = "";
    for (Object element : elements) {
      text.append(separator);
      value(element);
      separator = ",";
    }
    text.append(']');
  }

  private void seconds(Duration duration) {
    text.append(
        java.math.BigDecimal.valueOf(duration.toNanos(), 9).stripTrailingZeros().toPlainString());
  }

  private void quoted(String value) {
    text.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        text.append('\\').append(c);
      } else if (c < ' ' || Character.isSurrogate(c) || c == '\u2028' || c == '\u2029') {
        text.append("\\u%04x".formatted((int) c));
      } else {
        text.append(c);
      }
    }
    text.append('"');
  }
}
