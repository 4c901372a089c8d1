package dev.srun;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A {@link LastRun} as text: lines of {@code key=value}, the version first and the last line saying
 * that nothing is missing. A key that a reader does not know is passed over.
 */
final class LastRunText {

  /** Changed when a reader of today could misunderstand what is written. */
  private static final String VERSION = "1";

  private static final String FIRST = "srun-run=";
  private static final String LAST = "complete=yes";

  /** What one value may be long, so that no message of a program makes the file a large one. */
  private static final int LONGEST = 500;

  private LastRunText() {}

  static String write(LastRun run) {
    StringBuilder text = new StringBuilder(300).append(FIRST).append(VERSION).append('\n');
    line(text, "program", run.program());
    line(text, "pid", run.pid());
    if (run.process() != null) {
      line(text, "process", run.process());
    }
    line(text, "started", run.started());
    line(text, "written", run.written());
    switch (run.progress()) {
      case RunProgress.Starting() -> line(text, "progress", "starting");
      case RunProgress.Running() -> line(text, "progress", "running");
      case RunProgress.Stopping(String what, Duration budget, Duration used) -> {
        line(text, "progress", "stopping");
        line(text, "what", what);
        line(text, "budget", budget);
        line(text, "used", used);
      }
      case RunProgress.Ended(int code, String exit, List<String> stragglers) -> {
        line(text, "progress", "ended");
        line(text, "code", code);
        line(text, "exit", exit);
        stragglers.forEach(straggler -> line(text, "straggler", straggler));
      }
    }
    return text.append(LAST).append('\n').toString();
  }

  private static void line(StringBuilder text, String key, Object value) {
    text.append(key).append('=').append(oneLine(value.toString())).append('\n');
  }

  private static String oneLine(String value) {
    String line = value.replaceAll("[\\p{Cntrl}\\u0085\\u2028\\u2029]+", " ").strip();
    return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "...";
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws IllegalArgumentException saying what is wrong with the text
   */
  static LastRun read(String text) {
    List<String> lines = text.lines().toList();
    if (lines.isEmpty() || !lines.getFirst().startsWith(FIRST)) {
      throw new IllegalArgumentException("not written by srun");
    }
    String version = lines.getFirst().substring(FIRST.length());
    if (!version.equals(VERSION)) {
      throw new IllegalArgumentException(
          "its version is '%s', not %s".formatted(oneLine(version), VERSION));
    }
    if (!lines.getLast().equals(LAST)) {
      throw new IllegalArgumentException("its end is missing");
    }
    try {
      return new Fields(lines).run();
    } catch (DateTimeException | ArithmeticException | NumberFormatException e) {
      throw new IllegalArgumentException("not a value: " + oneLine(String.valueOf(e)), e);
    }
  }

  private static final class Fields {
    private final Map<String, String> values = new HashMap<>();
    private final List<String> stragglers = new ArrayList<>();

    Fields(List<String> lines) {
      for (String line : lines) {
        int equals = Math.max(0, line.indexOf('='));
        String key = line.substring(0, equals);
        String value = oneLine(line.substring(Math.min(line.length(), equals + 1)));
        if (key.equals("straggler")) {
          stragglers.add(value);
        } else {
          values.put(key, value);
        }
      }
    }

    LastRun run() {
      String process = values.get("process");
      return new LastRun(
          value("program"),
          Long.parseLong(value("pid")),
          process == null ? null : Instant.parse(process),
          Instant.parse(value("started")),
          Instant.parse(value("written")),
          progress(value("progress")));
    }

    private RunProgress progress(String word) {
      return switch (word) {
        case "starting" -> new RunProgress.Starting();
        case "running" -> new RunProgress.Running();
        case "stopping" ->
            new RunProgress.Stopping(
                value("what"), Duration.parse(value("budget")), Duration.parse(value("used")));
        case "ended" ->
            new RunProgress.Ended(
                Integer.parseInt(value("code")), value("exit"), List.copyOf(stragglers));
        default -> throw new IllegalArgumentException("'" + word + "' is no progress");
      };
    }

    private String value(String key) {
      @Nullable String value = values.get(key);
      if (value == null) {
        throw new IllegalArgumentException(key + " is missing");
      }
      return value;
    }
  }
}
