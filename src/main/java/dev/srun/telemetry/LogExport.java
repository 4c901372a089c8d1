package dev.srun.telemetry;

import io.opentelemetry.api.logs.LogRecordBuilder;
import io.opentelemetry.api.logs.LoggerProvider;
import io.opentelemetry.api.logs.Severity;
import java.time.Duration;
import java.util.concurrent.ThreadFactory;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/**
 * Hands what reaches java.util.logging, and so System.Logger too, to OpenTelemetry, with the trace
 * in which it was logged; and the lines of the runner's that do not go that way. What is logged by
 * those that export it is left out.
 */
final class LogExport extends Handler implements AutoCloseable {
  private final LoggerProvider loggers;
  private final Logger root = Logger.getLogger("");
  private final SimpleFormatter formatter = new SimpleFormatter();

  private final RunnerLines lines;

  private LogExport(LoggerProvider loggers, RunnerLines lines) {
    this.loggers = loggers;
    this.lines = lines;
  }

  /** Begins; goes on until it is closed. */
  static LogExport to(LoggerProvider loggers, RunnerLines lines, ThreadFactory threads) {
    LogExport export = new LogExport(loggers, lines);
    export.root.addHandler(export);
    lines.exportTo(export::export, threads);
    return export;
  }

  private void export(RunnerLines.Line line) {
    Level level = Level.parse(String.valueOf(line.level().getSeverity())); // which are the same
    LogRecord record = new LogRecord(level, line.text().get());
    record.setInstant(line.at());
    record.setLoggerName(line.logger());
    publish(record);
  }

  @Override
  public void publish(LogRecord record) {
    String name = record.getLoggerName() == null ? "" : record.getLoggerName();
    if (isOfTheExport(name)) {
      return;
    }
    LogRecordBuilder line =
        loggers
            .get(name)
            .logRecordBuilder()
            .setTimestamp(record.getInstant())
            .setSeverity(severity(record.getLevel()))
            .setSeverityText(record.getLevel().getName())
            .setBody(formatter.formatMessage(record));
    Throwable thrown = record.getThrown();
    if (thrown != null) {
      line.setException(thrown);
    }
    line.emit();
  }

  private static boolean isOfTheExport(String logger) {
    return logger.startsWith("io.opentelemetry.")
        || logger.startsWith("jdk.internal.httpclient.")
        || logger.startsWith("jdk.httpclient.");
  }

  private static Severity severity(Level level) {
    int value = level.intValue();
    if (value >= Level.SEVERE.intValue()) {
      return Severity.ERROR;
    }
    if (value >= Level.WARNING.intValue()) {
      return Severity.WARN;
    }
    if (value >= Level.INFO.intValue()) {
      return Severity.INFO;
    }
    return value >= Level.FINE.intValue() ? Severity.DEBUG : Severity.TRACE;
  }

  /**
   * Goes on with none of the runner's own lines but those that are there; waits for them, but no
   * longer than that.
   *
   * @return how many of them found no room
   */
  long finishLines(Duration limit) throws InterruptedException {
    lines.finish(limit);
    return lines.dropped();
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    root.removeHandler(this);
    lines.close();
  }
}
