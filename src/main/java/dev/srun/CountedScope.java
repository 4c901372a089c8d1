package dev.srun;

import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A scope that counts its live threads, so that its owner can wait for them and nothing else. */
abstract class CountedScope implements TaskScope {
  private final Thread owner = Thread.currentThread();
  private final AtomicInteger live = new AtomicInteger();

  /**
   * What a thread of the scope runs. Whichever the thread wants, since each adapter is one more
   * frame on the stack of a thread that waits as long as the program runs.
   */
  final class Counted implements Runnable, Callable<@Nullable Void> {
    private final Runnable body;

    private Counted(Runnable body) {
      this.body = body;
    }

    @Override
    public void run() {
      try {
        body.run();
      } finally {
        leave();
      }
    }

    @Override
    public @Nullable Void call() {
      try {
        body.run();
      } finally {
        leave();
      }
      return null;
    }
  }

  /** Starts a thread. */
  abstract Thread start(String name, boolean platform, Counted body);

  @Override
  public final Thread fork(String name, boolean platform, Runnable body) {
    live.incrementAndGet();
    try {
      return start(name, platform, new Counted(body));
    } catch (Throwable e) {
      live.decrementAndGet();
      throw e;
    }
  }

  private void leave() {
    if (live.decrementAndGet() == 0) {
      LockSupport.unpark(owner);
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
