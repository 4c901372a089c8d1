package dev.srun;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The one writer of the log. Whoever has something to say offers a line and never waits: where the
 * sink does not keep up, lines are dropped and counted. The writer's thread is a platform thread,
 * started with the first line.
 */
final class LogWriter {

  /** Room for the start of a very large program at full speed. */
  private static final int CAPACITY = 16_384;

  /** How long the end of a program waits for a log that nobody reads. */
  private static final Duration FLUSH = Duration.ofMillis(100);

  private final LogSink sink;
  private final BlockingQueue<LogLine> lines = new ArrayBlockingQueue<>(CAPACITY);
  private final AtomicBoolean started = new AtomicBoolean();
  private final AtomicLong dropped = new AtomicLong();
  private final Semaphore done = new Semaphore(0);

  /** What follows the last line; no other line has this level. */
  private final LogLine end = line(Level.OFF, "srun", "", null);

  LogWriter(LogSink sink) {
    this.sink = sink;
  }

  void debug(String scope, String message) {
    say(Level.DEBUG, scope, message, null);
  }

  void info(String scope, String message) {
    say(Level.INFO, scope, message, null);
  }

  void warning(String scope, String message) {
    say(Level.WARNING, scope, message, null);
  }

  void error(String scope, String message, Failure failure) {
    say(Level.ERROR, scope, message, failure.stackTrace());
  }

  boolean isLoggable(Level level) {
    return sink.isLoggable(level);
  }

  void say(Level level, String scope, String message, @Nullable String stackTrace) {
    if (sink.isLoggable(level)) {
      offer(line(level, scope, message, stackTrace));
    }
  }

  private static LogLine line(
      Level level, String scope, String message, @Nullable String stackTrace) {
    return new LogLine(
        Instant.now(), level, scope, message, Thread.currentThread().getName(), stackTrace);
  }

  void offer(LogLine line) {
    if (!lines.offer(line)) {
      dropped.incrementAndGet();
    }
    if (!started.get()) {
      startIfNeeded();
    }
  }

  private void write() {
    try {
      for (LogLine line = lines.take(); line.level() != Level.OFF; line = lines.take()) {
        writeOrDrop(line);
        long lost = dropped.getAndSet(0);
        if (lost > 0) {
          writeOrDrop(line(Level.WARNING, "srun", lost + " log lines were dropped", null));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      done.release();
      started.set(false);
      startIfNeeded();
    }
  }

  private void startIfNeeded() {
    if (!lines.isEmpty() && started.compareAndSet(false, true)) {
      Thread.ofPlatform().name("srun-log").daemon().start(this::write);
    }
  }

  private void writeOrDrop(LogLine line) {
    try {
      sink.write(line);
    } catch (IOException | RuntimeException e) {
      dropped.incrementAndGet(); // there is nowhere left to say it
    }
  }

  /**
   * Waits a moment until what was offered is written, and lets the writer's thread end; a later
   * line starts it again. A sink that does not keep up is left to the thread.
   */
  void flush() {
    if (!started.get()) {
      return;
    }
    long deadline = System.nanoTime() + FLUSH.toNanos();
    done.drainPermits();
    try {
      if (!lines.offer(end, FLUSH.toNanos(), TimeUnit.NANOSECONDS)
          || !done.tryAcquire(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        dropped.addAndGet(lines.size());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
