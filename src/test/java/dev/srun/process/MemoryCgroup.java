package dev.srun.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

/** A cgroup with a memory limit, of either version; gone when this is closed. */
record MemoryCgroup(Path path, boolean unified) implements AutoCloseable {

  /** Makes one without a limit; no test where that is not allowed. */
  static MemoryCgroup make() {
    Optional<MemoryCgroup> made =
        Stream.of(of(Path.of("/sys/fs/cgroup"), true), of(Path.of("/sys/fs/cgroup/memory"), false))
            .filter(MemoryCgroup::isMade)
            .findFirst();
    assumeTrue(
        made.isPresent(),
        "not tested: no memory cgroup can be made here; that takes root, and the memory controller"
            + " in /sys/fs/cgroup/cgroup.subtree_control or at /sys/fs/cgroup/memory");
    return made.get();
  }

  private static MemoryCgroup of(Path parent, boolean unified) {
    String name = "srun-test-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
    return new MemoryCgroup(parent.resolve(name), unified);
  }

  private boolean isMade() {
    try {
      Files.createDirectory(path);
      if (Files.exists(limit())) {
        return true;
      }
      Files.delete(path);
      return false;
    } catch (IOException notHere) {
      return false;
    }
  }

  private Path limit() {
    return path.resolve(unified ? "memory.max" : "memory.limit_in_bytes");
  }

  void limit(long bytes) throws IOException {
    Files.writeString(limit(), Long.toString(bytes));
  }

  /** What has been used at most. */
  long peak() throws IOException {
    Path file = path.resolve(unified ? "memory.peak" : "memory.max_usage_in_bytes");
    return Long.parseLong(Files.readString(file).strip());
  }

  /** What a shell does to have its process in it. */
  String enter() {
    return "echo $$ >" + path.resolve("cgroup.procs");
  }

  @Override
  public void close() {
    // Its processes are waited for by those who started them; the system takes a moment longer.
    await().atMost(Duration.ofSeconds(20)).until(() -> path.toFile().delete());
  }
}
