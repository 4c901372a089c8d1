package dev.srun;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.logging.ConsoleHandler;
import java.util.logging.ErrorManager;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The handlers and levels of java.util.logging while the JVM shuts down. Its LogManager has a
 * shutdown hook of its own, which takes every handler away, closes it, and forgets the levels,
 * while services still log.
 *
 * <p>A closed handler cannot be opened again in general. So each handler is replaced by one that
 * passes everything on to it but {@code close}, before the shutdown begins; what the hook takes
 * away is put back, and closed at the end.
 */
final class JulHandlers {

  /** The thread of the LogManager's hook, on JDK 21 and 25; it may be late on a busy machine. */
  private static final String CLEANER = "Logging-Cleaner";

  private final ReentrantLock lock = new ReentrantLock();
  private final List<Held> held = new ArrayList<>();
  private final Map<Logger, @Nullable Level> levels = new LinkedHashMap<>();
  private final List<Handler> atStart;
  private volatile boolean isHeld;
  private volatile boolean isRestored;

  private JulHandlers(List<Handler> atStart) {
    this.atStart = atStart;
  }

  /** Notes which handlers the root logger has, when the program starts. */
  static JulHandlers atStart() {
    return new JulHandlers(List.of(Logger.getLogger("").getHandlers()));
  }

  /** Of a program that logs by something else, and may use java.util.logging all the same. */
  static JulHandlers unknown() {
    return new JulHandlers(List.of());
  }

  /** Whether the LogManager is not one of another library, whose handlers are its own matter. */
  static boolean areTheJdks() {
    return LogManager.getLogManager().getClass() == LogManager.class;
  }

  /** Whether there is something to close at the end. */
  boolean areHeld() {
    return isHeld;
  }

  /** Whether there is a handler that tells when it is closed. */
  boolean tellReset() {
    return !held.isEmpty();
  }

  /** Takes hold of every handler. Called once, before the JVM's shutdown begins. */
  void hold(Runnable onReset) {
    if (!areTheJdks()) {
      return;
    }
    lock.lock();
    try {
      LogManager all = LogManager.getLogManager();
      for (String name : Collections.list(all.getLoggerNames())) {
        Logger logger = all.getLogger(name);
        if (logger != null) {
          hold(logger, onReset);
        }
      }
      isHeld = true;
    } finally {
      lock.unlock();
    }
  }

  private void hold(Logger logger, Runnable onReset) {
    levels.put(logger, logger.getLevel());
    for (Handler handler : logger.getHandlers()) {
      if (!(handler instanceof JulExitWatch)) {
        Held inPlace = new Held(logger, handler, onReset);
        logger.addHandler(inPlace); // a line may be logged twice here, but none is lost
        logger.removeHandler(handler);
        held.add(inPlace);
      }
    }
  }

  /**
   * Has everything as it was before the LogManager's hook, which has ended.
   *
   * @return what could not be had, for the log; null if nothing is missing
   */
  @Nullable String restore() {
    lock.lock();
    try {
      String missing = null;
      if (isHeld) {
        isRestored = true;
        held.forEach(Held::putBack);
        levels.forEach(Logger::setLevel);
      } else {
        missing = addWhatSurvives();
      }
      return missing;
    } finally {
      lock.unlock();
    }
  }

  /** A shutdown that no call of System.exit began: the handlers are closed already. */
  private @Nullable String addWhatSurvives() {
    Logger root = Logger.getLogger("");
    if (atStart.isEmpty() || root.getHandlers().length > 0) {
      return null;
    }
    for (Handler handler : atStart) {
      if (handler.getClass() == ConsoleHandler.class || handler instanceof OutlivesClose) {
        root.addHandler(handler);
      }
    }
    if (root.getHandlers().length > 0) {
      return null;
    }
    ConsoleHandler stderr = new ConsoleHandler();
    stderr.setLevel(Level.ALL);
    root.addHandler(stderr);
    return "the JVM's shutdown has closed the log's handlers; the log goes on on stderr";
  }

  /** Closes what was held. May block, as the handlers do that are closed. */
  void end() {
    for (Held each : held) {
      each.end();
    }
  }

  /** Of a handler that can be used after it was closed. */
  interface OutlivesClose {}

  /** Stands in for a handler, and does not close it. */
  private final class Held extends Handler {
    private final Logger logger;
    private final Handler handler;
    private final Runnable onReset;

    Held(Logger logger, Handler handler, Runnable onReset) {
      this.logger = logger;
      this.handler = handler;
      this.onReset = onReset;
      setLevel(Level.ALL); // the handler's own level and filter are asked by its publish
    }

    @Override
    public void publish(LogRecord record) {
      handler.publish(record);
    }

    @Override
    public void flush() {
      handler.flush();
    }

    /**
     * Taken away by a reset. Once everything is restored, a reset that is not the JVM's is meant.
     */
    @Override
    public void close() {
      if (isRestored && !Thread.currentThread().getName().equals(CLEANER)) {
        handler.close();
      } else {
        putBack();
        onReset.run();
      }
    }

    void putBack() {
      if (!Arrays.asList(logger.getHandlers()).contains(this)) {
        logger.addHandler(this);
      }
    }

    /** Tells the handler's own error handler what goes wrong: on stderr, where nothing is set. */
    void end() {
      try {
        handler.close();
      } catch (Exception e) {
        handler.getErrorManager().error(null, e, ErrorManager.CLOSE_FAILURE);
      }
    }
  }
}
