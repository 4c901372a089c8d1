package dev.srun;

import java.util.concurrent.StructuredTaskScope;

/** A scope over the StructuredTaskScope of JDK 21, where it has constructors. */
final class StructuredScope21 extends StructuredScope {
  private final StructuredTaskScope<Void> scope = new StructuredTaskScope<>("srun", this);

  @Override
  void fork(Runnable body) {
    scope.fork(() -> {
      body.run();
      return null;
    });
  }

  @Override
  void joinAndClose() throws InterruptedException {
    try (scope) {
      scope.join();
    }
  }

  @Override
  public String description() {
    return "StructuredTaskScope of JDK 21";
  }
}
