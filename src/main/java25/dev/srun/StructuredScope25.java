package dev.srun;

import java.util.concurrent.Callable;
import java.util.concurrent.StructuredTaskScope;
import java.util.concurrent.StructuredTaskScope.Joiner;
import org.jspecify.annotations.Nullable;

/** A scope over the StructuredTaskScope of JDK 25, where it is opened with a joiner. */
final class StructuredScope25 extends StructuredScope {
  private final StructuredTaskScope<Void, Void> scope =
      StructuredTaskScope.open(
          Joiner.<Void>awaitAll(), how -> how.withName("srun").withThreadFactory(this));

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
    return "StructuredTaskScope of JDK 25";
  }
}
