package dev.srun;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the logging of this JVM at work while a program is stopped in the JVM's shutdown. Logging
 * libraries have shutdown hooks of their own, which run at the same time as srun's and close what
 * services still log to.
 *
 * <p>The JDK logs each {@code System.exit}, with its status, before it begins the shutdown. This is
 * when the libraries' hooks are held back. Where no such line can be seen, the status is unknown.
 */
final class ShutdownLog {

  /**
   * How long srun's hook waits for the one of java.util.logging's LogManager, which runs briefly.
   */
  private static final Duration RESET = Duration.ofSeconds(1);

  private final Signals.Receiver receiver;
  private final LogWriter log;
  private final CountDownLatch julReset = new CountDownLatch(1);
  private final AtomicReference<@Nullable Thread> julResetBy = new AtomicReference<>();
  private volatile JulHandlers jul = JulHandlers.unknown();
  private volatile @Nullable JulExitWatch julWatch;
  private volatile List<LoggingLibrary> libraries = List.of();
  private final ReentrantLock lock = new ReentrantLock();
  private boolean isHeld;

  ShutdownLog(Signals.Receiver receiver, LogWriter log) {
    this.receiver = receiver;
    this.log = log;
  }

  /**
   * Begins to watch for calls of {@code System.exit}. Called when the setup has ended, which may
   * have configured the logging; to look at that before would begin it too early.
   */
  void watch() {
    if ((log.writesItself() || systemLoggerIsJul()) && JulHandlers.areTheJdks()) {
      watchJul();
    } else {
      watchLibraries();
    }
  }

  private void watchJul() {
    jul = JulHandlers.atStart();
    JulExitWatch watch = new JulExitWatch(this);
    watch.begin();
    julWatch = watch;
  }

  private void watchLibraries() {
    withLibraries(
        "show calls of System.exit",
        () -> {
          libraries = LoggingLibrary.find();
          for (LoggingLibrary library : libraries) {
            library.watch(this::exitIsLogged);
          }
        });
  }

  /** What is done with a library, by reflection. */
  private interface Step {
    void run() throws ReflectiveOperationException, InterruptedException;
  }

  /** Where a library is not as srun knows it, the program goes on as it would without srun. */
  private void withLibraries(String purpose, Step step) {
    try {
      step.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
      log.warning("srun", "a logging library cannot " + purpose + ": " + e);
    }
  }

  private static boolean systemLoggerIsJul() {
    Module finder = System.LoggerFinder.getLoggerFinder().getClass().getModule();
    return "java.logging".equals(finder.getName());
  }

  void unwatch() {
    JulExitWatch watch = julWatch;
    if (watch != null) {
      watch.end();
    }
    if (libraries.isEmpty()) {
      return;
    }
    withLibraries(
        "be given back",
        () -> {
          for (LoggingLibrary library : libraries) {
            library.unwatch();
          }
        });
  }

  /**
   * The JDK has logged something about the end of the process: on the thread that calls {@code
   * System.exit}, before the shutdown begins. Whatever goes wrong here must not change the exit.
   */
  void exitIsLogged(String message) {
    try {
      ExitCall call = ExitCall.logged(message);
      if (call != null && receiver.onExit(call)) {
        hold();
      }
    } catch (Throwable e) {
      log.error("srun", "the log cannot be kept open", Failures.of("srun", Phase.STOP, e));
    }
  }

  private void hold() {
    lock.lock(); // a second call must not begin the shutdown before all is held
    try {
      if (!isHeld) {
        isHeld = true;
        jul.hold(this::julIsReset);
        withLibraries("be kept open", this::holdLibraries);
      }
    } finally {
      lock.unlock();
    }
  }

  private void holdLibraries() throws ReflectiveOperationException {
    if (libraries.isEmpty()) {
      libraries = LoggingLibrary.find();
    }
    for (LoggingLibrary library : libraries) {
      library.hold();
    }
  }

  /** Called on the thread that resets the LogManager, while it does. */
  void julIsReset() {
    julResetBy.compareAndSet(null, Thread.currentThread());
    julReset.countDown();
  }

  /**
   * Has the log as it was before the shutdown. Called on srun's shutdown hook, before the stop is
   * requested.
   */
  void restore() {
    if (julWatch != null || jul.tellReset()) {
      awaitJulReset();
      String missing = jul.restore();
      if (missing != null) {
        log.warning("srun", missing);
      }
    }
  }

  private void awaitJulReset() {
    try {
      if (julReset.await(RESET.toNanos(), TimeUnit.NANOSECONDS)) {
        Thread by = julResetBy.get();
        if (by != null && by != Thread.currentThread()) {
          by.join(RESET);
        }
      } else {
        log.debug("srun", "the LogManager was not reset within " + Durations.text(RESET));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Does what the hooks that were held back would have done: what is still queued is written, and
   * files are closed. What takes longer than the limit is left to its thread.
   */
  void end(Host host, Duration limit) {
    if (!jul.areHeld() && libraries.isEmpty()) {
      return;
    }
    Thread ending = host.startThread("srun-log-end", true, this::end);
    try {
      if (!ending.join(limit)) {
        log.warning("srun", "the log could not be closed within " + Durations.text(limit));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void end() {
    withLibraries(
        "be closed",
        () -> {
          for (LoggingLibrary library : libraries) {
            library.end();
          }
        });
    jul.end();
  }
}
