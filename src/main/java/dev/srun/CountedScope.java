package dev.srun;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** A scope that counts its live threads, so that its owner can wait for them and nothing else. */
abstract class CountedScope implements TaskScope {
  private final Thread owner = Thread.currentThread();
  private final AtomicInteger live = new AtomicInteger();

  /** Starts a thread. */
  abstract Thread start(String name, boolean platform, Runnable body);

  @Override
  public final Thread fork(String name, boolean platform, Runnable body) {
    live.incrementAndGet();
    try {
      return start(name, platform, () -> runAndLeave(body));
    } catch (Throwable e) {
      live.decrementAndGet();
      throw e;
    }
  }

  private void runAndLeave(Runnable body) {
    try {
      body.run();
    } finally {
      if (live.decrementAndGet() == 0) {
        LockSupport.unpark(owner);
      }
    }
  }

  /** Has nothing more to wait for; called without an interrupt pending. */
  void closeEmpty() {}

  /** An interrupt of the owner does not cut the wait short, and is kept. */
  @Override
  public final void close() {
    boolean interrupted = Thread.interrupted();
    while (live.get() > 0) {
      LockSupport.park(this);
      interrupted |= Thread.interrupted();
    }
    closeEmpty();
    if (interrupted) {
      owner.interrupt();
    }
  }
}
