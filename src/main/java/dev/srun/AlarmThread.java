package dev.srun;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * An alarm on a parked platform thread, which user code cannot keep from waking. It sleeps through
 * a deadline that moves back and is woken for one that moves forward, so that a thousand limits of
 * a minute each cost one wake-up a minute.
 */
final class AlarmThread implements Alarm {
  /** How long its thread may take to notice that it is closed. */
  private static final Duration LAST_STEPS = Duration.ofMillis(100);

  private static final long REPEAT_NANOS = 10_000_000;

  private final Runnable ring;
  private final Thread thread;
  private final AtomicLong wakeAt = new AtomicLong(NEVER);
  private volatile boolean closed;

  private AlarmThread(Runnable ring) {
    this.ring = ring;
    this.thread = Thread.ofPlatform().name("srun-alarm").daemon().unstarted(this::sleepAndRing);
  }

  static Alarm start(Runnable ring) {
    AlarmThread alarm = new AlarmThread(ring);
    alarm.thread.start();
    return alarm;
  }

  @Override
  public void notLaterThan(long nanoTime) {
    long current = wakeAt.get();
    while (Alarm.before(nanoTime, current)) {
      if (wakeAt.compareAndSet(current, nanoTime)) {
        LockSupport.unpark(thread);
        return;
      }
      current = wakeAt.get();
    }
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    try {
      thread.join(LAST_STEPS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A ring that fails for want of memory is rung again. */
  private void ringOrRepeat(long due) {
    try {
      ring.run();
    } catch (Throwable e) {
      notLaterThan(due);
      LockSupport.parkNanos(this, REPEAT_NANOS);
    }
  }

  private void sleepAndRing() {
    while (!closed) {
      long due = wakeAt.get();
      if (due == NEVER) {
        LockSupport.park(this);
        continue;
      }
      long left = due - System.nanoTime();
      if (left > 0) {
        LockSupport.parkNanos(this, left);
      } else if (wakeAt.compareAndSet(due, NEVER)) {
        ringOrRepeat(due);
      }
    }
  }
}
