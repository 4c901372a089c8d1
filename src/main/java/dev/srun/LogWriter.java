package dev.srun;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The one writer of the log. Whoever has something to say offers a line and never waits: where the
 * sink does not keep up, lines are dropped and counted. The writer's thread is a platform thread,
 * started with the first line.
 *
 * <p>There is no lock between those who offer and the writer: a virtual thread that has lost its
 * carrier while it waits for one would keep it from everybody, the watchdog among them.
 */
final class LogWriter {

  /** Room for the start of a very large program at full speed. */
  private static final int CAPACITY = 16_384;

  /** What the writer takes, in order. */
  sealed interface Entry permits LogLine, Mark {}

  /** Follows all that was offered before a flush. */
  record Mark(CountDownLatch reached) implements Entry {}

  private final LogSink sink;
  private volatile @Nullable LogCopies copies;
  private final Queue<Entry> entries = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicBoolean started = new AtomicBoolean();
  private final AtomicLong dropped = new AtomicLong();
  private volatile @Nullable Consumer<LogLine> reader;
  private volatile @Nullable Thread writer;

  LogWriter(LogSink sink) {
    this(sink, null);
  }

  /** With copies of what the runner says itself, where nobody else sees that. */
  LogWriter(LogSink sink, @Nullable LogCopies copies) {
    this.sink = sink;
    this.copies = copies;
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
    say(Level.ERROR, scope, message, new LogDetail.Thrown(failure.stackTrace()));
  }

  boolean isLoggable(Level level) {
    return sink.isLoggable(level);
  }

  /** Leaves out what is below a level, where the program's own logging is asked. */
  void ignoreBelow(Level level) {
    sink.ignoreBelow(level);
  }

  /** Whether srun writes the log itself, and no logging of the program's own does. */
  boolean writesItself() {
    return sink instanceof StreamSink;
  }

  void say(Level level, String scope, String message, @Nullable LogDetail detail) {
    if (sink.isLoggable(scope, level)) {
      LogLine line = line(level, scope, message, detail);
      offer(line);
      LogCopies kept = copies;
      if (kept != null) {
        kept.offer(line);
      }
    }
  }

  /**
   * Lets somebody have a copy of what is said here.
   *
   * @param taker must not wait; null if nobody wants one
   */
  void copyTo(@Nullable Consumer<LogLine> taker) {
    LogCopies kept = copies;
    if (kept != null && taker != null) {
      kept.to(taker);
    } else {
      copies = null;
    }
  }

  private static LogLine line(
      Level level, String scope, String message, @Nullable LogDetail detail) {
    return new LogLine(
        Instant.now(), level, scope, message, Thread.currentThread().getName(), detail);
  }

  /** Lets somebody, who must not wait, read what goes into the log from now on. */
  void readBy(Consumer<LogLine> who) {
    reader = who;
  }

  void offer(LogLine line) {
    Consumer<LogLine> known = reader;
    if (known != null) {
      known.accept(line);
    }
    if (waiting.incrementAndGet() <= CAPACITY) {
      add(line);
    } else {
      waiting.decrementAndGet();
      dropped.incrementAndGet();
    }
  }

  private void add(Entry entry) {
    entries.add(entry);
    LockSupport.unpark(writer);
    if (!started.get()) {
      startIfNeeded();
    }
  }

  /** The body of the writer's thread. */
  private final class Writing implements Runnable {
    @Override
    public void run() {
      write();
    }
  }

  private void write() {
    writer = Thread.currentThread(); // before it looks: who adds after that wakes it
    try {
      boolean more = true;
      while (more) {
        more = writeNext();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      started.set(false);
      startIfNeeded();
    }
  }

  /** Returns whether there may be more. */
  private boolean writeNext() throws InterruptedException {
    Entry entry = take();
    if (entry instanceof Mark mark) {
      mark.reached.countDown();
      return false;
    }
    waiting.decrementAndGet();
    long lost = dropped.get();
    if (writeOrDrop((LogLine) entry) && lost > 0) {
      dropped.addAndGet(-lost);
      writeOrDrop(line(Level.WARNING, "srun", lost + " log lines were dropped", null), lost);
    }
    return true;
  }

  private Entry take() throws InterruptedException {
    Entry next = entries.poll();
    while (next == null) {
      LockSupport.park(this);
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      next = entries.poll();
    }
    return next;
  }

  private void startIfNeeded() {
    if (!entries.isEmpty() && started.compareAndSet(false, true)) {
      try {
        Thread.ofPlatform().name("srun-log").daemon().start(new Writing());
      } catch (Throwable noThread) {
        started.set(false); // the next line tries again; whoever offered this one must not fail
      }
    }
  }

  private boolean writeOrDrop(LogLine line) {
    return writeOrDrop(line, 1);
  }

  /** A sink that fails counts as lost what the line stands for; there is nowhere left to say it. */
  private boolean writeOrDrop(LogLine line, long worth) {
    try {
      sink.write(line);
      return true;
    } catch (IOException | RuntimeException e) {
      dropped.addAndGet(worth);
      return false;
    }
  }

  /**
   * Waits until what was offered is written, and lets the writer's thread end; a later line starts
   * it again. A sink that does not keep up is left to the thread.
   *
   * @return whether everything was written within the limit
   */
  boolean flush(Duration limit) {
    if (!started.get() && entries.isEmpty()) {
      return true;
    }
    Mark mark = new Mark(new CountDownLatch(1));
    try {
      add(mark);
      return mark.reached.await(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
