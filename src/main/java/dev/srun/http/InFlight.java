package dev.srun.http;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

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
  private volatile @Nullable Draining draining;

  /**
   * From when on, and over which time, in nanoseconds. Whose turn it is the number of a client's
   * port tells: numbers beside one another are spread far from one another.
   */
  private record Draining(long since, long over) {
    private static final int TURNS = 1 << 16;
    private static final int GOLDEN = 40_503; // TURNS by the golden ratio

    boolean includes(int port, long now) {
      return over == 0 || (now - since) / (over / TURNS + 1) >= ((port * GOLDEN) & (TURNS - 1));
    }
  }

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
    draining = new Draining(nanoTime.getAsLong(), over.toNanos());
  }

  /** They are not the last after all. */
  void goOn() {
    draining = null;
  }

  /** Whether the answer to this client is to be the last on its connection. */
  boolean isLastOf(InetSocketAddress client) {
    Draining now = draining;
    return now != null && now.includes(client.getPort(), nanoTime.getAsLong());
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
