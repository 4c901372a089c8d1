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

  void enter() {
    count.incrementAndGet();
  }

  void leave() {
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
    draining = true;
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
