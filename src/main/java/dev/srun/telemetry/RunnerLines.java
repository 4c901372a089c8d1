package dev.srun.telemetry;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The lines that the runner logs itself, on their way to the export. Whoever offers one never
 * waits; they are kept, so many at most, until the SDK is there.
 */
final class RunnerLines {

  /** Room for the start of a large program, as long as the SDK is being built. */
  static final int CAPACITY = 1_000;

  /**
   * One line.
   *
   * @param text asked for by who exports it
   */
  record Line(Instant at, Level level, String logger, Supplier<String> text) {}

  private final Queue<Line> lines = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private final LongAdder dropped = new LongAdder();
  private volatile @Nullable Thread exporter;
  private volatile boolean closed;

  void offer(Line line) {
    if (closed) {
      return;
    }
    if (waiting.incrementAndGet() <= CAPACITY) {
      lines.add(line);
      LockSupport.unpark(exporter);
    } else {
      waiting.decrementAndGet();
      dropped.increment();
    }
  }

  /** How many found no room. */
  long dropped() {
    return dropped.sum();
  }

  /** Hands them over on a thread of its own until it is closed. */
  void exportTo(Consumer<Line> export, ThreadFactory threads) {
    Thread its = threads.newThread(() -> handOver(export));
    exporter = its; // before it looks: who adds after that wakes it
    its.start();
  }

  private void handOver(Consumer<Line> export) {
    while (!closed && !Thread.currentThread().isInterrupted()) {
      handOverWaiting(export);
      LockSupport.park(this);
    }
    handOverWaiting(export);
  }

  private void handOverWaiting(Consumer<Line> export) {
    for (Line line = lines.poll(); line != null; line = lines.poll()) {
      waiting.decrementAndGet();
      export.accept(line);
    }
  }

  /** Takes no more, and waits until all are handed over, but no longer than that. */
  void finish(Duration limit) throws InterruptedException {
    closed = true;
    Thread its = exporter;
    if (its != null) {
      LockSupport.unpark(its);
      its.join(limit);
    }
  }

  /** Takes no more, and forgets what it has. */
  void close() {
    closed = true;
    lines.clear();
    LockSupport.unpark(exporter);
  }
}
