package dev.srun.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** What a process has in memory, as Linux counts it. */
public final class ResidentMemory {
  private ResidentMemory() {}

  /** Returns it in KB; empty for a process that has ended and was not waited for. */
  public static OptionalLong kilobytes(long pid) throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid + "/status"))) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst();
    }
  }
}
