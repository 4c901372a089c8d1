package dev.srun;

import java.util.concurrent.ThreadFactory;

/**
 * What the adapters to the preview API of each release have in common: the API asks a factory for
 * each thread, and binds its owner until every thread has ended.
 */
abstract class StructuredScope implements TaskScope, ThreadFactory {
  private String name = "";
  private boolean platform;
  private Thread forked = Thread.currentThread();

  /** Has the API fork the body, which asks this factory for the thread. */
  abstract void fork(Runnable body);

  /** Waits for every thread. */
  abstract void join() throws InterruptedException;

  /** Closes the API's scope, after the join that it insists on. */
  abstract void closeJoined();

  @Override
  public final Thread fork(String threadName, boolean onPlatform, Runnable body) {
    name = threadName;
    platform = onPlatform;
    fork(body);
    return forked;
  }

  @Override
  public final Thread newThread(Runnable body) {
    forked = TaskScope.newThread(name, platform, body);
    return forked;
  }

  @Override
  public final boolean bindsOwner() {
    return true;
  }

  @Override
  public final void close() {
    boolean interrupted = false;
    while (!joined()) {
      interrupted = true;
    }
    closeJoined();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean joined() {
    try {
      join();
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }
}
