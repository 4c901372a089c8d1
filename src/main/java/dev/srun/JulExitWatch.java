package dev.srun;

import java.util.logging.Filter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Learns of calls of {@code System.exit} by java.util.logging, before the JVM's shutdown begins,
 * and of the moment at which the LogManager's shutdown hook has come to the end of the handlers.
 * What the program logs and where stays as it is: a record is let through if it would have been
 * logged without this watch.
 */
final class JulExitWatch extends Handler implements Filter {
  private final ShutdownLog log;

  /** Held here because java.util.logging forgets a logger that nobody holds. */
  private final Logger logger = Logger.getLogger(ExitCall.LOGGER);

  private final @Nullable Level level = logger.getLevel();
  private final @Nullable Filter filter = logger.getFilter();

  JulExitWatch(ShutdownLog log) {
    this.log = log;
  }

  /** Begins to watch. */
  void begin() {
    logger.setFilter(this);
    logger.addHandler(this);
    if (!logger.isLoggable(Level.FINE)) {
      logger.setLevel(Level.FINE);
    }
  }

  void end() {
    logger.removeHandler(this);
    if (logger.getFilter() == this) {
      logger.setFilter(filter);
      logger.setLevel(level);
    }
  }

  @Override
  public boolean isLoggable(LogRecord record) {
    log.exitIsLogged(record.getMessage());
    Level without = level == null ? levelOf(logger.getParent()) : level;
    return record.getLevel().intValue() >= without.intValue()
        && (filter == null || filter.isLoggable(record));
  }

  /** The level that counts for a logger: its own, or that of the first above it that has one. */
  static Level levelOf(@Nullable Logger logger) {
    for (Logger each = logger; each != null; each = each.getParent()) {
      Level found = each.getLevel();
      if (found != null) {
        return found;
      }
    }
    return Level.INFO;
  }

  @Override
  public void publish(LogRecord record) {}

  @Override
  public void flush() {}

  /** Called by the thread that resets the LogManager: its shutdown hook, if the JVM shuts down. */
  @Override
  public void close() {
    log.julIsReset();
  }
}
