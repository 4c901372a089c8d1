package dev.srun.http;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * How many requests are being answered, and whether they are to be the last of their connections.
 *
 * <p>Without a lock: in the queue of one a virtual thread that has no carrier holds up the platform
 * threads behind it, such as the dispatcher of the server.
 */
final class InFlight {
  private final LongSupplier nanoTime;
  private final AtomicInteger count = new AtomicInteger();
  private final ConcurrentLinkedQueue<Thread> waiting = new ConcurrentLinkedQueue<>();
  private static final int TURNS = 1 << 16;
  private static final int GOLDEN = 40_503; // TURNS by the golden ratio

  // Fields instead of an object of its own: a stop loads no class for it.
  private volatile boolean draining;
  private volatile long drainingSince;
  private volatile long drainingOver;

  /** Every start makes one, and would wait longer for a method reference. */
  private static final class SystemTime implements LongSupplier {
    @Override
    public long getAsLong() {
      return System.nanoTime();
    }
  }

  InFlight() {
    this(new SystemTime());
  }

  InFlight(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

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

  void drain() {
    drain(Duration.ZERO);
  }

  /** One client after the other, until all are told when the time is over. */
  void drain(Duration over) {
    drainingOver = over.toNanos();
    drainingSince = nanoTime.getAsLong();
    draining = true;
  }

  /** They are not the last after all. */
  void goOn() {
    draining = false;
  }

  /**
   * Whether the answer to this client is to be the last on its connection. The number of a client's
   * port tells whose turn it is: numbers beside one another are spread far from one another.
   */
  boolean isLastOf(InetSocketAddress client) {
    long over = drainingOver;
    return draining
        && (over == 0
            || (nanoTime.getAsLong() - drainingSince) / (over / TURNS + 1)
                >= ((client.getPort() * GOLDEN) & (TURNS - 1)));
  }

  /** Waits until nothing is in flight; false if the limit came first. */
  boolean awaitNone(Duration limit) throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    waiting.add(Thread.currentThread()); // before looking: whoever leaves after that finds it
    try {
      for (long left = limit.toNanos();
          count.get() > 0 && left > 0;
          left = end - System.nanoTime()) {
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
