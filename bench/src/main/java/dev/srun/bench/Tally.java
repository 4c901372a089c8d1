package dev.srun.bench;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Counts deliveries, and wakes the publisher that waits for the last of a round. */
final class Tally {
  private static final long NOT_YET = Long.MIN_VALUE;

  private final AtomicLong delivered = new AtomicLong();
  private volatile long target = Long.MAX_VALUE;
  private volatile long completedAt = NOT_YET;
  private volatile Thread waiting;

  /** One delivery; any thread. */
  void add() {
    if (delivered.incrementAndGet() == target) {
      completedAt = System.nanoTime();
      LockSupport.unpark(waiting);
    }
  }

  long delivered() {
    return delivered.get();
  }

  /** Begins a round of so many deliveries, for the calling thread to await. */
  void expect(int deliveries) {
    waiting = Thread.currentThread();
    completedAt = NOT_YET;
    target = delivered.get() + deliveries;
  }

  /** Waits for the end of the round; returns the moment of its last delivery. */
  long await() {
    long at = completedAt;
    while (at == NOT_YET) {
      LockSupport.park(this);
      at = completedAt;
    }
    return at;
  }
}
