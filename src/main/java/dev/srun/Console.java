package dev.srun;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.logging.ConsoleHandler;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.jspecify.annotations.Nullable;

/**
 * Stderr as the destination of the log under {@link Srun#runOrExit}: what reaches
 * java.util.logging, and so System.Logger too, goes out through a {@link LogWriter} in our format.
 * A program that configured a logging of its own is left alone.
 */
final class Console implements LogSetup {
  private final LogWriter log;
  private final @Nullable StreamSink sink;
  private final Logger root = Logger.getLogger("");
  private final ReentrantLock lock = new ReentrantLock();

  /**
   * Those whose level was set: java.util.logging forgets a logger, and its level, that nobody
   * holds.
   */
  private final Set<Logger> loggers = new HashSet<>();

  private volatile Level configured = Level.INFO;
  private volatile boolean showsSpans;

  Console() {
    List<Handler> handlers = List.of(root.getHandlers());
    boolean programHasItsOwn =
        System.getProperty("java.util.logging.config.file") != null
            || System.getProperty("java.util.logging.config.class") != null
            || handlers.size() != 1
            || handlers.getFirst().getClass() != ConsoleHandler.class
            || ServiceLoader.load(System.LoggerFinder.class).iterator().hasNext();
    if (programHasItsOwn) {
      sink = null;
      log = new LogWriter(new SystemLoggerSink());
      return;
    }
    // Not System.err: its lock may be held by user code that is stuck in it.
    OutputStream stderr = new FileOutputStream(FileDescriptor.err);
    sink = new StreamSink(stderr, LogFormat.TEXT, Level.INFO);
    log = new LogWriter(sink, new LogCopies());
    root.removeHandler(handlers.getFirst());
    root.addHandler(new ToWriter());
  }

  LogWriter log() {
    return log;
  }

  @Override
  public void configure(LogFormat format, Level lowest) {
    if (sink != null) {
      configured = lowest;
      sink.configure(format, lowest);
      root.setLevel(julLevel(lowest));
    }
  }

  @Override
  public boolean level(String scope, @Nullable Level lowest) {
    if (sink == null) {
      return false;
    }
    lock.lock();
    try {
      if (scope.isEmpty()) {
        Level all = lowest == null ? configured : lowest;
        sink.levels(new LogLevels(all, sink.levels().byScope()));
        root.setLevel(julLevel(all));
      } else {
        sink.levels(sink.levels().with(scope, lowest));
        Logger logger = Logger.getLogger(scope);
        logger.setLevel(lowest == null ? null : julLevel(lowest));
        if (lowest == null) {
          loggers.remove(logger);
        } else {
          loggers.add(logger);
        }
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public @Nullable LogLevels levels() {
    return sink == null ? null : sink.levels();
  }

  @Override
  public void showSpans() {
    showsSpans = true;
  }

  private static java.util.logging.Level julLevel(Level level) {
    return switch (level) {
      case ALL -> java.util.logging.Level.ALL;
      case TRACE -> java.util.logging.Level.FINER;
      case DEBUG -> java.util.logging.Level.FINE;
      case INFO -> java.util.logging.Level.INFO;
      case WARNING -> java.util.logging.Level.WARNING;
      case ERROR -> java.util.logging.Level.SEVERE;
      case OFF -> java.util.logging.Level.OFF;
    };
  }

  private static Level level(java.util.logging.Level level) {
    int value = level.intValue();
    if (value >= java.util.logging.Level.SEVERE.intValue()) {
      return Level.ERROR;
    }
    if (value >= java.util.logging.Level.WARNING.intValue()) {
      return Level.WARNING;
    }
    if (value >= java.util.logging.Level.INFO.intValue()) {
      return Level.INFO;
    }
    return value >= java.util.logging.Level.FINE.intValue() ? Level.DEBUG : Level.TRACE;
  }

  /** Turns records into lines on the thread that logs them, and offers the lines. */
  private final class ToWriter extends Handler implements JulHandlers.OutlivesClose {
    private final SimpleFormatter formatter = new SimpleFormatter();

    @Override
    public void publish(LogRecord record) {
      Throwable thrown = record.getThrown();
      log.offer(
          new LogLine(
              Instant.ofEpochMilli(record.getMillis()),
              level(record.getLevel()),
              record.getLoggerName() == null ? "" : record.getLoggerName(),
              formatter.formatMessage(record),
              Thread.currentThread().getName(),
              thrown == null ? null : new LogDetail.Thrown(Failures.text(thrown)),
              showsSpans ? SpanIds.current() : null));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
