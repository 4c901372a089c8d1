package dev.srun.upgrade;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Whether two processes of this size fit into the cgroup where the system ends all of them at once
 * when memory runs out ({@code memory.oom.group}, which kubelets set since 1.28). Elsewhere an
 * upgrade may be tried: see {@link OomScore}.
 *
 * @param cgroups where the cgroup v2 hierarchy is mounted
 * @param self what proc(5) has of this process
 */
record MemoryLimit(Path cgroups, Path self) {
  private static final long MEGABYTE = 1_000_000;
  private static final long KILOBYTE = 1024;

  static MemoryLimit ofThisProcess() {
    return new MemoryLimit(Path.of("/sys/fs/cgroup"), Path.of("/proc/self"));
  }

  /** Why a second process does not fit; empty if it may, or if nothing is known about that. */
  Optional<String> refusal() {
    try {
      String path = "";
      for (String line : Files.readAllLines(self.resolve("cgroup"))) {
        if (line.startsWith("0::/")) {
          path = line.substring("0::/".length());
        }
      }
      long size = size();
      Path cgroup = cgroups.resolve(path).normalize();
      while (cgroup != null && cgroup.startsWith(cgroups)) {
        Optional<String> refusal = refusal(cgroup, size);
        if (refusal.isPresent()) {
          return refusal;
        }
        cgroup = cgroup.getParent();
      }
      return Optional.empty();
    } catch (IOException | NumberFormatException unknown) {
      return Optional.empty();
    }
  }

  private static Optional<String> refusal(Path cgroup, long size) throws IOException {
    Path max = cgroup.resolve("memory.max");
    Path group = cgroup.resolve("memory.oom.group");
    if (!Files.exists(max) || !Files.exists(group) || !text(group).equals("1")) {
      return Optional.empty();
    }
    if (text(max).equals("max")) {
      return Optional.empty();
    }
    long limit = Long.parseLong(text(max));
    // What the system takes back when memory is short does not count.
    long used =
        Long.parseLong(text(cgroup.resolve("memory.current")))
            - value(cgroup.resolve("memory.stat"), "inactive_file ");
    long left = Math.max(0, limit - used);
    if (left >= size) {
      return Optional.empty();
    }
    return Optional.of(
        "a second process does not fit: this one holds "
            + megabytes(size)
            + ", and "
            + megabytes(left)
            + " of the "
            + megabytes(limit)
            + " in "
            + max
            + " are left, where memory.oom.group=1 ends both; raise the limit, or restart"
            + " instead");
  }

  /** What the process holds for itself: not what it has mapped of files, which both would share. */
  private long size() throws IOException {
    Path status = self.resolve("status");
    return (value(status, "RssAnon:") + value(status, "RssShmem:")) * KILOBYTE;
  }

  /** The number behind a word at the beginning of a line; 0 if there is no such line. */
  private static long value(Path file, String name) throws IOException {
    List<String> lines = Files.readAllLines(file);
    for (String line : lines) {
      if (line.startsWith(name)) {
        return Long.parseLong(line.substring(name.length()).strip().split(" ", 2)[0]);
      }
    }
    return 0;
  }

  private static String text(Path file) throws IOException {
    return Files.readString(file).strip();
  }

  private static String megabytes(long bytes) {
    return bytes / MEGABYTE + " MB";
  }
}
