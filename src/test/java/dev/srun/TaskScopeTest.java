package dev.srun;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which scope this JVM gets. */
final class TaskScopeTest {
  private static final Set<Integer> ADAPTERS = Set.of(21, 25);

  private static boolean previewIsEnabled() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().contains("--enable-preview");
  }

  static boolean adapterIsUsable() {
    return ADAPTERS.contains(Runtime.version().feature()) && previewIsEnabled();
  }

  @Test
  void aPreviewFeatureIsUsedOnlyWhereItIsEnabled() {
    int release = Runtime.version().feature();
    String expected;
    if (!ADAPTERS.contains(release)) {
      expected = "plain virtual threads (no StructuredTaskScope adapter for this JDK)";
    } else if (previewIsEnabled()) {
      expected = "StructuredTaskScope of JDK " + release;
    } else {
      expected = "plain virtual threads (no --enable-preview)";
    }
    try (TaskScope scope = TaskScope.open(new ProgramThreads())) {
      assertEquals(expected, scope.description());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aThreadIsMadeButNotStarted(boolean platform) {
    Thread thread = new ProgramThreads().make("api", platform, () -> {});

    assertAll(
        () -> assertEquals(Thread.State.NEW, thread.getState()),
        () -> assertEquals("api", thread.getName()),
        () -> assertEquals(platform, !thread.isVirtual()),
        () -> assertTrue(thread.isDaemon()));
  }
}
