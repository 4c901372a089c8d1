package dev.srun;

import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;

/** The two shapes of a log line. */
final class LogText {

  /** ISO-8601 in UTC, always with milliseconds, so that lines stand in columns. */
  private static final DateTimeFormatter TIME =
      new DateTimeFormatterBuilder().appendInstant(3).toFormatter();

  private LogText() {}

  static String text(LogLine line) {
    StringBuilder text = new StringBuilder(160);
    text.append(time(line.at()))
        .append(' ')
        .append(padded(line.level().name()))
        .append(" logger_scope=")
        .append(line.scope())
        .append(' ')
        .append(line.message().replace("\n", "\n    "))
        .append('\n');
    if (line.stackTrace() != null) {
      line.stackTrace().lines().forEach(each -> text.append("    ").append(each).append('\n'));
    }
    return text.toString();
  }

  static String json(LogLine line) {
    StringBuilder json = new StringBuilder(200);
    field(json.append('{'), "time", time(line.at()));
    field(json.append(','), "level", line.level().name());
    field(json.append(','), "logger_scope", line.scope());
    field(json.append(','), "msg", line.message());
    field(json.append(','), "thread", line.thread());
    if (line.stackTrace() != null) {
      field(json.append(','), "error", line.stackTrace());
    }
    return json.append("}\n").toString();
  }

  private static String time(Instant at) {
    return TIME.format(at);
  }

  private static String padded(String level) {
    return level.length() >= 7 ? level : (level + "       ").substring(0, 7);
  }

  private static void field(StringBuilder json, String name, String value) {
    quoted(json, name);
    json.append(':');
    quoted(json, value);
  }

  /** A JSON string as RFC 8259 has it. */
  private static void quoted(StringBuilder json, String text) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> json.append("\\\"");
        case '\\' -> json.append("\\\\");
        case '\n' -> json.append("\\n");
        case '\r' -> json.append("\\r");
        case '\t' -> json.append("\\t");
        default -> {
          if (c < ' ' || Character.isSurrogate(c)) {
            json.append("\\u%04x".formatted((int) c));
          } else {
            json.append(c);
          }
        }
      }
    }
    json.append('"');
  }
}
