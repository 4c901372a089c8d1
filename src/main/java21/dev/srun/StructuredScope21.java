package dev.srun;

import java.util.concurrent.Callable;
import java.util.concurrent.StructuredTaskScope;
import org.jspecify.annotations.Nullable;

/** A scope over the StructuredTaskScope of JDK 21, where it has constructors. */
final class StructuredScope21 extends StructuredScope {
  private final StructuredTaskScope<Void> scope = new StructuredTaskScope<>("srun", this);

  StructuredScope21(ProgramThreads threads) {
    super(threads);
  }

  @Override
  void fork(Callable<@Nullable Void> body) {
    scope.fork(body);
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
