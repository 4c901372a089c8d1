package dev.srun;

import java.util.concurrent.atomic.AtomicInteger;

/** How many requests, messages or jobs of one service are in flight. Any thread. */
final class WorkCount {
  private final AtomicInteger count = new AtomicInteger();

  void begin() {
    count.incrementAndGet();
  }

  /** True if that was the last one. */
  boolean end() {
    int before = count.getAndUpdate(n -> Math.max(0, n - 1));
    if (before == 0) {
      throw new IllegalStateException("work ends that was not begun: nothing is in flight");
    }
    return before == 1;
  }

  int inFlight() {
    return count.get();
  }
}
