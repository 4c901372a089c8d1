package dev.srun;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.List;
import java.util.function.BiConsumer;

/** The two shapes of a log line. */
final class LogText {

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
    if (line.detail() != null) {
      line.detail().text().lines().forEach(each -> text.append("    ").append(each).append('\n'));
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
    if (line.span() != null) {
      field(json.append(','), "trace_id", line.span().trace());
      field(json.append(','), "span_id", line.span().span());
    }
    if (line.detail() != null) {
      detail(json.append(','), line.detail());
    }
    return json.append("}\n").toString();
  }

  private static void detail(StringBuilder json, LogDetail detail) {
    switch (detail) {
      case LogDetail.Thrown error -> field(json, "error", error.stackTrace());
      case LogDetail.Stuck stuck -> straggler(json, stuck.straggler());
      case LogDetail.LeftBehind left -> leak(json, left.leak());
    }
  }

  private static void straggler(StringBuilder json, Straggler straggler) {
    name(json, "straggler").append('{');
    field(json, "service", straggler.service());
    field(json.append(','), "phase", straggler.phase().toString());
    number(json.append(','), "used_ms", straggler.used().toMillis());
    number(json.append(','), "budget_ms", straggler.budget().toMillis());
    name(json.append(','), "threads");
    list(json, straggler.threads(), LogText::thread).append('}');
  }

  private static void thread(StringBuilder json, ThreadSnapshot thread) {
    field(json.append('{'), "name", thread.name());
    field(json.append(','), "state", thread.state());
    name(json.append(','), "stack");
    list(json, thread.stack(), (to, frame) -> quoted(to, frame.toString())).append('}');
  }

  private static void leak(StringBuilder json, Leak leak) {
    name(json, "leak").append('{');
    field(json, "service", leak.service());
    field(json.append(','), "what", leak.what());
    field(json.append(','), "created_at", leak.createdAt());
    field(json.append(','), "why", leak.why());
    json.append('}');
  }

  private static <T> StringBuilder list(
      StringBuilder json, List<T> elements, BiConsumer<StringBuilder, T> element) {
    json.append('[');
    for (int i = 0; i < elements.size(); i++) {
      element.accept(i == 0 ? json : json.append(','), elements.get(i));
    }
    return json.append(']');
  }

  private static void number(StringBuilder json, String name, long value) {
    name(json, name).append(value);
  }

  private static StringBuilder name(StringBuilder json, String name) {
    quoted(json, name);
    return json.append(':');
  }

  /**
   * ISO-8601 in UTC, always with milliseconds, so that lines stand in columns. By hand: the JDK's
   * formatters would take 10 ms of a start.
   */
  private static String time(Instant at) {
    LocalDateTime utc = LocalDateTime.ofEpochSecond(at.getEpochSecond(), 0, ZoneOffset.UTC);
    StringBuilder text = new StringBuilder(24);
    digits(text, 4, utc.getYear());
    digits(text.append('-'), 2, utc.getMonthValue());
    digits(text.append('-'), 2, utc.getDayOfMonth());
    digits(text.append('T'), 2, utc.getHour());
    digits(text.append(':'), 2, utc.getMinute());
    digits(text.append(':'), 2, utc.getSecond());
    digits(text.append('.'), 3, at.getNano() / 1_000_000);
    return text.append('Z').toString();
  }

  private static void digits(StringBuilder text, int number, int value) {
    String digits = Integer.toString(value);
    text.repeat('0', Math.max(0, number - digits.length())).append(digits);
  }

  private static String padded(String level) {
    return level.length() >= 7 ? level : (level + "       ").substring(0, 7);
  }

  private static void field(StringBuilder json, String name, String value) {
    quoted(name(json, name), value);
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
            json.append("\\u").append(HexFormat.of().toHexDigits(c));
          } else {
            json.append(c);
          }
        }
      }
    }
    json.append('"');
  }
}
