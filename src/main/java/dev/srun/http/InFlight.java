package dev.srun.http;

import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * How many requests are being answered, and whether they are to be the last of their connections.
 *
 * <p>Without a lock: in the queue of one a virtual thread that has no carrier holds up the platform
 * threads behind it, such as the dispatcher of the server.
 */
final class InFlight {
  private final AtomicInteger count = new AtomicInteger();
  private final ConcurrentLinkedQueue<Thread> waiting = new ConcurrentLinkedQueue<>();
  private volatile boolean draining;
  private volatile long drainsSince;
  private volatile long lastEnded;
  private volatile boolean used;

  void enter() {
    count.incrementAndGet();
  }

  void leave() {
    lastEnded = System.nanoTime();
    used = true;
    if (count.decrementAndGet() == 0) {
      for (Thread thread : waiting) {
        LockSupport.unpark(thread);
      }
    }
  }

  int count() {
    return count.get();
  }

  /** From now on each answer is the last on its connection. */
  void drain() {
    if (!draining) {
      drainsSince = System.nanoTime();
      draining = true;
    }
  }

  /** Since when each answer is the last on its connection, in nanoseconds. */
  long drainsFor() {
    return System.nanoTime() - drainsSince;
  }

  /** Whether a request was answered not longer ago, in nanoseconds. */
  boolean wasUsedWithin(long time) {
    return used && System.nanoTime() - lastEnded < time;
  }

  boolean isDraining() {
    return draining;
  }

  /** Waits until nothing is in flight; false if the limit came first. */
  boolean awaitNone(Duration limit) throws InterruptedException {
    long most = TimeUnit.NANOSECONDS.convert(limit);
    long end = System.nanoTime() + most;
    waiting.add(Thread.currentThread()); // before looking: whoever leaves after that finds it
    try {
      for (long left = most; count.get() > 0 && left > 0; left = end - System.nanoTime()) {
        LockSupport.parkNanos(this, left);
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
      }
      return count.get() == 0;
    } finally {
      waiting.remove(Thread.currentThread());
    }
  }
}
