package dev.srun;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * The watchdog and the alarm on one parked platform thread, which user code cannot keep from
 * waking. The alarm sleeps through a deadline that moves back and is woken for one that moves
 * forward, so that a thousand limits of a minute each cost one wake-up a minute.
 */
final class WatchdogThread implements Alarm, Runnable {
  /** How long its thread may take to notice that it is closed. */
  private static final Duration LAST_STEPS = Duration.ofMillis(100);

  /** The pause after a failure, which doubles with each that follows, up to the longest. */
  private static final long REPEAT_NANOS = 10_000_000;

  private static final long LONGEST_REPEAT_NANOS = 100_000_000;

  /**
   * For how long not one step may succeed for want of memory, and how many in a row. What was kept
   * for that is given back at the first; clients that connect meanwhile are not answered.
   */
  private static final long WITHOUT_MEMORY_NANOS = Duration.ofSeconds(2).toNanos();

  private static final int WITHOUT_MEMORY = 5;

  private final Watched program;
  private final Watchdog watchdog;
  private final Thread thread;
  private final AtomicLong wakeAt = new AtomicLong(NEVER);
  private volatile boolean hurried;
  private volatile boolean closed;
  private long lookAt;
  private int failures;
  private int withoutMemory;
  private long withoutMemorySince;

  private WatchdogThread(Watched program) {
    this.program = program;
    this.watchdog = new Watchdog(program);
    this.thread = Thread.ofPlatform().name("srun-watchdog").daemon().unstarted(this);
  }

  static Alarm start(Watched program) {
    WatchdogThread watchdog = new WatchdogThread(program);
    watchdog.lookAt = System.nanoTime() + Watchdog.SLOWLY;
    watchdog.thread.start();
    return watchdog;
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
  public void hurry() {
    hurried = true;
    LockSupport.unpark(thread);
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

  /** The body of the thread. */
  @Override
  public void run() {
    while (!closed && lookAt != NEVER) {
      try {
        step();
        failures = 0;
        withoutMemory = 0;
      } catch (Throwable e) {
        goOnAfter(e);
      }
    }
  }

  /**
   * Where there is no memory, or a class is gone, even that may fail: the next step comes anyway.
   */
  private void goOnAfter(Throwable error) {
    try {
      program.releaseMemory();
      if (error instanceof OutOfMemoryError) {
        endIfThatGoesOn();
      }
      failed(error);
    } catch (Throwable again) {
      LockSupport.parkNanos(this, REPEAT_NANOS);
    }
  }

  /**
   * A heap that user code keeps full ends the threads that accept connections, and the JVM cannot
   * even hand a signal over: such a process answers nobody and cannot be stopped.
   */
  private void endIfThatGoesOn() {
    long now = System.nanoTime();
    if (withoutMemory++ == 0) {
      withoutMemorySince = now;
    } else if (withoutMemory > WITHOUT_MEMORY && now - withoutMemorySince > WITHOUT_MEMORY_NANOS) {
      program.endForWantOfMemory();
    }
  }

  /** Goes on, more slowly, and ends a program that should have ended. */
  private void failed(Throwable error) {
    boolean isForWantOfMemory = error instanceof VirtualMachineError;
    if (!isForWantOfMemory && Integer.bitCount(++failures) == 1) {
      tell(error);
    }
    try {
      if (Deadlines.hasPassed(program.haltsBy(), System.nanoTime())) {
        program.halt();
      }
    } catch (Throwable notEvenThat) {
      tell(notEvenThat);
    }
    if (isForWantOfMemory) {
      LockSupport.parkNanos(this, REPEAT_NANOS); // there may be some at any moment
    } else {
      pause(Math.min(REPEAT_NANOS << Math.min(failures, 10), LONGEST_REPEAT_NANOS));
    }
  }

  /** Whatever wakes this thread meanwhile: what failed may have done so itself. */
  private void pause(long nanos) {
    long end = System.nanoTime() + nanos;
    for (long left = nanos; left > 0 && !closed; left = end - System.nanoTime()) {
      LockSupport.parkNanos(this, left);
    }
  }

  /** What fails for want of memory, be it a class that is not loaded, is not worth a word. */
  private void tell(Throwable error) {
    try {
      if (!(error instanceof VirtualMachineError)) {
        program.failed(error);
      }
    } catch (Throwable noMemory) {
      program.releaseMemory();
    }
  }

  private void step() {
    long now = System.nanoTime();
    if (hurried || Deadlines.hasPassed(lookAt, now)) {
      hurried = false;
      lookAt = watchdog.look(now);
    }
    long due = wakeAt.get();
    if (Deadlines.hasPassed(due, now)) {
      ring(due);
    } else {
      LockSupport.parkNanos(this, Deadlines.earlier(due, lookAt) - now);
    }
  }

  private void ring(long due) {
    if (wakeAt.compareAndSet(due, NEVER)) {
      try {
        program.ring();
        hurried = true; // to see that it is heard
      } catch (Throwable e) {
        notLaterThan(due);
        throw e;
      }
    }
  }
}
