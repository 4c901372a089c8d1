package dev.srun.upgrade;

import java.io.IOException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What a child logs, on its way to its parent, which tells of it if the child fails. Whoever logs
 * does not wait, and takes no lock, as nothing does on the way of a log line; what finds no room is
 * left out.
 */
final class LastWords {
  private static final int CAPACITY = 256;

  private final Queue<Message.Said> lines = new ConcurrentLinkedQueue<>();
  private final AtomicInteger count = new AtomicInteger();
  private volatile @Nullable Thread teller;
  private volatile boolean over;

  void add(String line) {
    if (!over && count.incrementAndGet() <= CAPACITY) {
      lines.add(new Message.Said(line));
      LockSupport.unpark(teller);
    } else {
      count.decrementAndGet();
    }
  }

  /**
   * Tells them, one after the other, until {@link #end}, or until nobody listens or this thread is
   * interrupted.
   */
  void tell(Inheritance to) {
    teller = Thread.currentThread();
    try {
      while (!Thread.currentThread().isInterrupted()) {
        Message.Said line = lines.poll();
        if (line != null) {
          count.decrementAndGet();
          to.tell(line);
        } else if (over) {
          return;
        } else {
          LockSupport.park(this);
        }
      }
    } catch (IOException nobodyListens) {
      // As it is when the parent has gone.
    } finally {
      over = true;
      lines.clear();
    }
  }

  /** There are no more: the parent needs none. */
  void end() {
    over = true;
    LockSupport.unpark(teller);
  }
}
