package dev.srun;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The runner's own lines for whoever takes them beside the log. Until that one is there, some are
 * kept: what is said before the services are known. Nobody waits.
 */
final class LogCopies {
  private static final int CAPACITY = 100;

  private final Queue<LogLine> kept = new ConcurrentLinkedQueue<>();
  private final AtomicInteger number = new AtomicInteger();
  private volatile @Nullable Consumer<LogLine> taker;

  void offer(LogLine line) {
    Consumer<LogLine> known = taker;
    if (known != null) {
      known.accept(line);
    } else if (number.incrementAndGet() <= CAPACITY) {
      kept.add(line);
      handOver(); // to one who came meanwhile
    }
  }

  /** From here on that one gets them, and now those that were kept. It must not wait. */
  void to(Consumer<LogLine> whoTakes) {
    taker = whoTakes;
    handOver();
  }

  private void handOver() {
    Consumer<LogLine> known = taker;
    LogLine line = known == null ? null : kept.poll();
    while (known != null && line != null) {
      known.accept(line);
      line = kept.poll();
    }
  }
}
