package dev.srun.upgrade;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whether two processes fit into the cgroup, by what its files say. */
final class MemoryLimitTest {
  @TempDir private Path directory;

  private Path pod;

  @BeforeEach
  void aProcessOf92MegabytesInAPod() throws IOException {
    Path self = Files.createDirectories(directory.resolve("self"));
    Files.writeString(self.resolve("cgroup"), "3:cpu:/other\n0::/pod/container\n");
    Files.writeString(
        self.resolve("status"),
        "Name:\tjava\nVmRSS:\t120000 kB\nRssAnon:\t   89844 kB\nRssFile:\t30156 kB\nRssShmem:\t 0 kB\n");
    pod = Files.createDirectories(directory.resolve("cgroups/pod"));
    Files.createDirectories(pod.resolve("container"));
  }

  private void limit(Path cgroup, String max, long current, long cache, int group)
      throws IOException {
    Files.writeString(cgroup.resolve("memory.max"), max + "\n");
    Files.writeString(cgroup.resolve("memory.current"), current + "\n");
    Files.writeString(cgroup.resolve("memory.stat"), "anon 1\ninactive_file " + cache + "\n");
    Files.writeString(cgroup.resolve("memory.oom.group"), group + "\n");
  }

  private Optional<String> refusal() {
    return new MemoryLimit(directory.resolve("cgroups"), directory.resolve("self")).refusal();
  }

  @Test
  void whereBothWouldBeEndedAndASecondOneDoesNotFitIsRefusedWithTheFigures() throws Exception {
    limit(pod.resolve("container"), "150000000", 110_000_000, 0, 1);
    assertEquals(
        Optional.of(
            "a second process does not fit: this one holds 92 MB, and 40 MB of the 150 MB in "
                + pod.resolve("container/memory.max")
                + " are left, where memory.oom.group=1 ends both; raise the limit, or restart"
                + " instead"),
        refusal());
  }

  @Test
  void theLimitOfAParentCountsToo() throws Exception {
    limit(pod.resolve("container"), "max", 110_000_000, 0, 1);
    limit(pod, "150000000", 110_000_000, 0, 1);
    assertEquals(true, refusal().isPresent());
  }

  @Test
  void whatTheSystemTakesBackIsLeft() throws Exception {
    limit(pod.resolve("container"), "203000000", 150_000_000, 40_000_000, 1);
    assertEquals(Optional.empty(), refusal());
  }

  @Test
  void whereOnlyOneIsEndedAnUpgradeMayBeTried() throws Exception {
    limit(pod.resolve("container"), "150000000", 110_000_000, 0, 0);
    assertEquals(Optional.empty(), refusal());
  }

  @Test
  void withoutALimitOrWithoutKnowledgeOfItNothingIsRefused() throws Exception {
    assertEquals(Optional.empty(), refusal());
    limit(pod.resolve("container"), "150000000", 110_000_000, 0, 1);
    Files.writeString(pod.resolve("container/memory.current"), "much");
    assertEquals(Optional.empty(), refusal());
    Files.delete(directory.resolve("self/cgroup"));
    assertEquals(Optional.empty(), refusal());
  }
}
