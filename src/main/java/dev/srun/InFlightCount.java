package dev.srun;

import java.util.concurrent.atomic.AtomicLong;

/** How much of a program's work is in flight, and since when nothing is. Any thread. */
final class InFlightCount {
  private final AtomicLong count = new AtomicLong();
  private volatile long changedAt;
  private volatile boolean used;

  void begin(long now) {
    count.incrementAndGet();
    changedAt = now;
    used = true;
  }

  void end(long now) {
    changedAt = now; // before the count, for whoever then reads that it is zero
    if (count.getAndUpdate(n -> Math.max(0, n - 1)) == 0) {
      throw new IllegalStateException("work ends that was not begun: nothing is in flight");
    }
  }

  /** Whether anything has ever been counted; a program that counts nothing is not idle for that. */
  boolean isUsed() {
    return used;
  }

  boolean isBusy() {
    return count.get() > 0;
  }

  /** Since when nothing is in flight; now if something is. */
  long idleSince(long now) {
    if (count.get() > 0) {
      return now;
    }
    long since = changedAt;
    return count.get() > 0 ? now : since;
  }
}
