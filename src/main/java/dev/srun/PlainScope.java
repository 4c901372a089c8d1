package dev.srun;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** A scope of plain threads, for a JVM without a StructuredTaskScope that srun knows. */
final class PlainScope implements TaskScope {
  private final Thread owner = Thread.currentThread();
  private final AtomicInteger live = new AtomicInteger();
  private final String reason;

  /** Makes a scope that tells {@code reason}, why it is not a structured one. */
  PlainScope(String reason) {
    this.reason = reason;
  }

  @Override
  public Thread fork(String name, boolean platform, Runnable body) {
    Thread thread = TaskScope.newThread(name, platform, () -> runAndLeave(body));
    live.incrementAndGet();
    try {
      thread.start();
    } catch (Throwable e) {
      live.decrementAndGet();
      throw e;
    }
    return thread;
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

  @Override
  public boolean bindsOwner() {
    return false;
  }

  @Override
  public String description() {
    return "plain virtual threads (" + reason + ")";
  }

  @Override
  public void close() {
    while (live.get() > 0) {
      LockSupport.park(this);
    }
  }
}
