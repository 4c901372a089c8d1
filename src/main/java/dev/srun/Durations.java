package dev.srun;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads durations as Go and ISO-8601 write them, and writes them as Go does. */
final class Durations {
  static final String ACCEPTED = "a duration such as 1m30s, 500ms or PT30S";

  /** Compiled where something is to be read, which few starts have. */
  private static final class Part {
    static final Pattern PATTERN = Pattern.compile("(\\d+(?:\\.\\d+)?)(ns|us|µs|ms|s|m|h)");
  }

  private Durations() {}

  /**
   * Half of it, to the nanosecond. The JDK's own division goes by way of BigDecimal, whose classes
   * cost each start 20 ms.
   */
  static Duration half(Duration duration) {
    long seconds = duration.getSeconds();
    return Duration.ofSeconds(seconds / 2, (seconds % 2 * 1_000_000_000 + duration.getNano()) / 2);
  }

  /** Throws {@link IllegalArgumentException} without a message of use to anyone but the caller. */
  static Duration parse(String text) {
    String trimmed = text.strip();
    if (trimmed.startsWith("P") || trimmed.startsWith("p")) {
      try {
        return Duration.parse(trimmed);
      } catch (DateTimeParseException | ArithmeticException e) {
        throw new IllegalArgumentException(text, e);
      }
    }
    if (trimmed.equals("0")) {
      return Duration.ZERO;
    }
    Matcher part = Part.PATTERN.matcher(trimmed);
    Duration sum = Duration.ZERO;
    int end = 0;
    while (part.lookingAt()) {
      sum = sum.plus(nanos(part.group(1), part.group(2)));
      end = part.end();
      part.region(end, trimmed.length());
    }
    if (end == 0 || end != trimmed.length()) {
      throw new IllegalArgumentException(text);
    }
    return sum;
  }

  private static Duration nanos(String number, String unit) {
    double unitNanos =
        switch (unit) {
          case "ns" -> 1;
          case "us", "µs" -> 1e3;
          case "ms" -> 1e6;
          case "s" -> 1e9;
          case "m" -> 60e9;
          default -> 3600e9;
        };
    double nanos = Double.parseDouble(number) * unitNanos;
    if (nanos > Long.MAX_VALUE) {
      throw new IllegalArgumentException(number + unit);
    }
    return Duration.ofNanos(Math.round(nanos));
  }

  /** Writes {@code 1h2m3s}, {@code 25s}, {@code 1.5s}, {@code 12ms}, {@code 0s}. */
  static String text(Duration duration) {
    if (duration.isNegative()) {
      return duration.toString();
    }
    if (duration.compareTo(Duration.ofSeconds(1)) < 0) {
      long micros = duration.toNanos() / 1_000;
      return micros == 0 ? "0s" : micros < 10_000 ? decimal(micros, "ms") : micros / 1_000 + "ms";
    }
    if (duration.compareTo(Duration.ofMinutes(1)) < 0) {
      return decimal(duration.toMillis(), "s");
    }
    StringBuilder text = new StringBuilder();
    if (duration.toHours() > 0) {
      text.append(duration.toHours()).append('h');
    }
    if (duration.toMinutesPart() > 0) {
      text.append(duration.toMinutesPart()).append('m');
    }
    if (duration.toSecondsPart() > 0) {
      text.append(duration.toSecondsPart()).append('s');
    }
    return text.toString();
  }

  private static String decimal(long thousandths, String unit) {
    StringBuilder text = new StringBuilder().append(thousandths / 1_000);
    long fraction = thousandths % 1_000;
    if (fraction > 0) {
      text.append('.');
    }
    for (long digit = 100; fraction > 0; digit /= 10) {
      text.append(fraction / digit);
      fraction %= digit;
    }
    return text.append(unit).toString();
  }
}
