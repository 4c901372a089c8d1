package dev.srun;

import java.lang.System.Logger.Level;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One line of the log, already text: nothing in it is user code any more.
 *
 * @param scope the logger's name
 * @param detail null where the message says everything
 * @param span in which it was logged; null where there is none
 */
record LogLine(
    Instant at,
    Level level,
    String scope,
    String message,
    String thread,
    @Nullable LogDetail detail,
    @Nullable SpanIds span)
    implements LogWriter.Entry {

  LogLine(
      Instant at,
      Level level,
      String scope,
      String message,
      String thread,
      @Nullable LogDetail detail) {
    this(at, level, scope, message, thread, detail, null);
  }

  /** In one line: its level, its scope, the message, and the first line of what stands below it. */
  String brief() {
    String below = detail == null ? "" : detail.text().lines().findFirst().orElse("").strip();
    return level + " " + scope + ": " + message + (below.isEmpty() ? "" : ": " + below);
  }

  /** The message and what stands below it. */
  String text() {
    String below = detail == null ? "" : detail.text();
    return below.isEmpty() ? message : message + "\n" + below;
  }
}
