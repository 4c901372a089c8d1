package dev.srun;

import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A scope that counts its live threads, so that its owner can wait for them and nothing else. */
abstract class CountedScope implements TaskScope {
  private final Thread owner = Thread.currentThread();
  private final AtomicInteger live = new AtomicInteger();
  private final ProgramThreads threads;

  CountedScope(ProgramThreads threads) {
    this.threads = threads;
  }

  /**
   * What a thread of the scope runs, and what it is counted by. Whichever of the two the thread
   * wants, since each adapter is one more frame on the stack of a thread that waits as long as the
   * program runs.
   */
  abstract static class Counted implements Runnable, Callable<@Nullable Void> {
    private @Nullable CountedScope scope;

    /** Does what there is to do, and {@linkplain #leave leaves} whatever comes of it. */
    @Override
    public abstract @Nullable Void call();

    @Override
    public final void run() {
      call();
    }

    /** The thread has ended, but for returning; without effect outside a scope. */
    final void leave() {
      CountedScope its = scope;
      if (its != null) {
        its.left();
      }
    }
  }

  /** What was not made to be counted. */
  private static final class Plain extends Counted {
    private final Runnable body;

    Plain(Runnable body) {
      this.body = body;
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

  final ProgramThreads threads() {
    return threads;
  }

  /** Starts a thread in the way of the scope. */
  abstract Thread start(String name, boolean platform, Counted body);

  /** Starts a virtual thread that the scope counts and nothing more. */
  Thread startCounted(String name, Counted body) {
    return threads.start(name, false, body);
  }

  @Override
  public final Thread fork(String name, boolean platform, Runnable body) {
    Counted counted = body instanceof Counted its ? its : new Plain(body);
    enter(counted);
    try {
      return start(name, platform, counted);
    } catch (Throwable e) {
      live.decrementAndGet();
      throw e;
    }
  }

  @Override
  public final Thread start(String name, Counted body) {
    enter(body);
    try {
      return startCounted(name, body);
    } catch (Throwable e) {
      live.decrementAndGet();
      throw e;
    }
  }

  private void enter(Counted body) {
    body.scope = this;
    live.incrementAndGet();
  }

  private void left() {
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
