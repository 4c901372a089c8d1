package dev.srun;

import java.util.concurrent.StructuredTaskScope;
import java.util.concurrent.ThreadFactory;

/** A scope over the StructuredTaskScope of JDK 21, where it has constructors. */
final class StructuredScope21 implements TaskScope, ThreadFactory {
  private final StructuredTaskScope<Void> scope;
  private String name = "";
  private boolean platform;
  private Thread forked = Thread.currentThread();

  StructuredScope21() {
    scope = new StructuredTaskScope<>("srun", this);
  }

  @Override
  public Thread fork(String name, boolean platform, Runnable body) {
    this.name = name;
    this.platform = platform;
    scope.fork(() -> {
      body.run();
      return null;
    });
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
    return "StructuredTaskScope of JDK 21";
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
