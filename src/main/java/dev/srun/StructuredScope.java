package dev.srun;

import java.util.concurrent.Callable;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * What the adapters to the preview API of each release have in common: the API asks a factory for
 * each thread, and binds its owner until every thread has ended. It is joined only when no thread
 * is left, since a join that is interrupted cannot be repeated on every release.
 */
abstract class StructuredScope extends CountedScope implements ThreadFactory {
  private String name = "";
  private boolean platform;
  private Thread forked = Thread.currentThread();

  StructuredScope(ProgramThreads threads) {
    super(threads);
  }

  /** Has the API fork the body, which asks this factory for the thread. */
  abstract void fork(Callable<@Nullable Void> body);

  /** Joins and closes the API's scope. */
  abstract void joinAndClose() throws InterruptedException;

  @Override
  final Thread start(String threadName, boolean onPlatform, Counted body) {
    name = threadName;
    platform = onPlatform;
    fork(body);
    return forked;
  }

  @Override
  public final Thread newThread(Runnable body) {
    forked = threads().make(name, platform, body);
    return forked;
  }

  @Override
  public final boolean bindsOwner() {
    return true;
  }

  @Override
  final void closeEmpty() {
    try {
      joinAndClose();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
