package dev.srun.bench.load;

import dev.srun.bench.ResidentMemory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What Linux says of a process.
 *
 * @param pid its id
 * @param residentMegabytes its memory
 * @param files how many file descriptors it has
 * @param threads how many threads
 * @param zombies how many of its children have ended and were not waited for
 */
record ProcessFacts(long pid, long residentMegabytes, int files, int threads, int zombies) {
  private static final Path PROC = Path.of("/proc");

  static ProcessFacts of(long pid) throws IOException {
    Path process = PROC.resolve(Long.toString(pid));
    int zombies =
        (int)
            processes().stream()
                .map(ProcessFacts::stat)
                .filter(stat -> stat.parent() == pid && stat.state() == 'Z')
                .count();
    return new ProcessFacts(
        pid,
        ResidentMemory.kilobytes(pid).orElse(0) / 1024,
        entries(process.resolve("fd")),
        entries(process.resolve("task")),
        zombies);
  }

  /** Returns whether it has ended, be it that nobody has waited for it yet. */
  static boolean hasEnded(long pid) {
    return "ZX".indexOf(stat(pid).state()) >= 0;
  }

  /** Returns all processes in whose environment there is that line and which have not ended. */
  static List<Long> withEnvironment(String line) {
    return processes().stream()
        .filter(pid -> !hasEnded(pid))
        .filter(pid -> List.of(read(pid, "environ").split("\0")).contains(line))
        .toList();
  }

  private record Stat(char state, long parent) {}

  private static Stat stat(long pid) {
    // After the name, which is in parentheses and may hold anything: state, parent.
    String stat = read(pid, "stat");
    String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ");
    return fields.length < 2
        ? new Stat('X', 0)
        : new Stat(fields[0].charAt(0), Long.parseLong(fields[1]));
  }

  private static List<Long> processes() {
    try (Stream<Path> all = Files.list(PROC)) {
      return all.map(path -> path.getFileName().toString())
          .filter(name -> name.matches("[0-9]+"))
          .map(Long::valueOf)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int entries(Path directory) throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return (int) all.count();
    }
  }

  private static String read(long pid, String file) {
    try {
      return new String(
          Files.readAllBytes(PROC.resolve(Long.toString(pid)).resolve(file)),
          StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return ""; // it has ended, or is none of ours
    }
  }
}
