package dev.srun;

import java.util.concurrent.Callable;
import java.util.concurrent.StructuredTaskScope;
import java.util.concurrent.StructuredTaskScope.Configuration;
import java.util.concurrent.StructuredTaskScope.Joiner;
import java.util.concurrent.ThreadFactory;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A scope over the StructuredTaskScope of JDK 25, where it is opened with a joiner. */
final class StructuredScope25 extends StructuredScope {
  private final StructuredTaskScope<Void, Void> scope =
      StructuredTaskScope.open(Joiner.<Void>awaitAll(), new Options(this));

  StructuredScope25(ProgramThreads threads) {
    super(threads);
  }

  /** A class, since every start comes by here. */
  private record Options(ThreadFactory factory) implements Function<Configuration, Configuration> {
    @Override
    public Configuration apply(Configuration standard) {
      return standard.withName("srun").withThreadFactory(factory);
    }
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
    return "StructuredTaskScope of JDK 25";
  }
}
