package dev.srun;

import java.util.concurrent.StructuredTaskScope;
import java.util.concurrent.StructuredTaskScope.Joiner;
import java.util.concurrent.ThreadFactory;

/** A scope over the StructuredTaskScope of JDK 25, where it is opened with a joiner. */
final class StructuredScope25 implements TaskScope, ThreadFactory {
  private final StructuredTaskScope<Void, Void> scope;
  private String name = "";
  private boolean platform;
  private Thread forked = Thread.currentThread();

  StructuredScope25() {
    scope =
        StructuredTaskScope.open(
            Joiner.<Void>awaitAll(), how -> how.withName("srun").withThreadFactory(this));
  }

  @Override
  public Thread fork(String name, boolean platform, Runnable body) {
    this.name = name;
    this.platform = platform;
    scope.fork(body);
    return forked;
  }

  @Override
  public Thread newThread(Runnable body) {
    forked = TaskScope.newThread(name, platform, body);
    return forked;
  }

  @Override
  public boolean bindsOwner() {
    return true;
  }

  @Override
  public String description() {
    return "StructuredTaskScope of JDK 25";
  }

  @Override
  public void close() {
    boolean interrupted = false;
    while (true) {
      try {
        scope.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    scope.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
