package dev.srun.telemetry;

import io.opentelemetry.api.logs.LogRecordBuilder;
import io.opentelemetry.api.logs.LoggerProvider;
import io.opentelemetry.api.logs.Severity;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/**
 * Hands what reaches java.util.logging, and so System.Logger too, to OpenTelemetry, with the trace
 * in which it was logged. What is logged by those that export it is left out.
 */
final class LogExport extends Handler implements AutoCloseable {
  private final LoggerProvider loggers;
  private final Logger root = Logger.getLogger("");
  private final SimpleFormatter formatter = new SimpleFormatter();

  private LogExport(LoggerProvider loggers) {
    this.loggers = loggers;
  }

  /** Begins; goes on until it is closed. */
  static LogExport to(LoggerProvider loggers) {
    LogExport export = new LogExport(loggers);
    export.root.addHandler(export);
    return export;
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

  @Override
  public void flush() {}

  @Override
  public void close() {
    root.removeHandler(this);
  }
}
