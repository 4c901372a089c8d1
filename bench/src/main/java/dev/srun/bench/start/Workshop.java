package dev.srun.bench.start;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/**
 * Where programs are run: by this JDK, in a directory of their own, which goes with what they left.
 *
 * @param directory that in which they run
 */
record Workshop(Path directory) implements AutoCloseable {
  static Workshop open() throws IOException {
    return new Workshop(Files.createTempDirectory("srun-bench"));
  }

  String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  @Override
  public void close() throws IOException {
    List<Path> all;
    try (var files = Files.walk(directory)) {
      all = files.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : all) {
      Files.delete(file);
    }
  }
}
