package dev.srun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** The contract for the StructuredTaskScope of the JDK that runs the tests. */
@EnabledIf(
    value = "dev.srun.TaskScopeTest#adapterIsUsable",
    disabledReason = "there is an adapter for JDK 21 and JDK 25, with --enable-preview only")
final class StructuredScopeTest extends TaskScopeContract {

  @Override
  TaskScope open() {
    return TaskScope.open(new ProgramThreads());
  }

  @Test
  void itIsTheAdapterOfThisJdk() {
    int release = Runtime.version().feature();
    try (TaskScope scope = open()) {
      assertEquals("StructuredScope" + release, scope.getClass().getSimpleName());
      assertEquals("StructuredTaskScope of JDK " + release, scope.description());
    }
  }

  @Test
  void itBindsItsOwner() {
    try (TaskScope scope = open()) {
      assertTrue(scope.bindsOwner());
    }
  }

  @Test
  void itBelongsToTheThreadThatOpenedIt() throws Exception {
    CompletableFuture<Thread> forked = new CompletableFuture<>();
    try (TaskScope scope = open()) {
      Thread.ofVirtual()
          .start(() -> {
            try {
              forked.complete(scope.fork("x", false, () -> {}));
            } catch (Throwable e) {
              forked.completeExceptionally(e);
            }
          })
          .join();
    }

    ExecutionException refused = assertThrows(ExecutionException.class, forked::get);
    assertInstanceOf(WrongThreadException.class, refused.getCause());
  }
}
