package dev.srun;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A mailbox without a lock: nobody who posts can be held up by a reader that is not scheduled. */
final class ParkingMailbox<T> implements Mailbox<T> {
  private final ConcurrentLinkedQueue<T> messages = new ConcurrentLinkedQueue<>();
  private final AtomicReference<@Nullable Thread> waiting = new AtomicReference<>();

  @Override
  public void post(T message) {
    messages.add(message);
    Thread reader = waiting.get();
    if (reader != null) {
      LockSupport.unpark(reader);
    }
  }

  @Override
  public @Nullable T poll() {
    return messages.poll();
  }

  @Override
  public boolean isEmpty() {
    return messages.isEmpty();
  }

  @Override
  public boolean hasOtherThan(T message) {
    for (T each : messages) {
      if (!each.equals(message)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void await() throws InterruptedException {
    Thread self = Thread.currentThread();
    Thread before = waiting.getAndSet(self);
    try {
      while (messages.isEmpty()) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        LockSupport.park(this);
      }
    } finally {
      // Another may wait in its place by now, or may have waited there before it came late.
      if (waiting.compareAndSet(self, before)) {
        LockSupport.unpark(before);
      }
    }
  }
}
