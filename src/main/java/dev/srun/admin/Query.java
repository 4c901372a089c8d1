package dev.srun.admin;

import com.sun.net.httpserver.HttpExchange;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What stands behind the question mark of a request; the first value of a name counts. */
final class Query {
  private final Map<String, String> values = new HashMap<>();

  private Query(String raw) throws BadRequestException {
    for (String pair : raw.split("&", -1)) {
      String[] parts = pair.split("=", 2);
      values.putIfAbsent(decoded(parts[0]), parts.length == 1 ? "" : decoded(parts[1]));
    }
  }

  static Query of(HttpExchange exchange) throws BadRequestException {
    String raw = exchange.getRequestURI().getRawQuery();
    return new Query(raw == null ? "" : raw);
  }

  private static String decoded(String text) throws BadRequestException {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new BadRequestException("query '%s': %s".formatted(text, e.getMessage()));
    }
  }

  /** The value of a name; the other if it is not there or empty. */
  String text(String name, String other) {
    String value = values.getOrDefault(name, "");
    return value.isEmpty() ? other : value;
  }

  /** The value of a name, which is one of these; the first of them if it is not there. */
  String oneOf(String name, List<String> words) throws BadRequestException {
    String value = text(name, words.getFirst());
    if (!words.contains(value)) {
      throw new BadRequestException(
          "%s is '%s': expected one of %s".formatted(name, value, String.join(", ", words)));
    }
    return value;
  }

  /** The value of a name, a whole number within limits. */
  int number(String name, int other, int least, int most) throws BadRequestException {
    String value = text(name, String.valueOf(other));
    try {
      int number = Integer.parseInt(value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException notOne) {
      // Refused below with the value.
    }
    throw new BadRequestException(
        "%s is '%s': expected a whole number from %d to %d".formatted(name, value, least, most));
  }
}
