package dev.srun.admin;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A name for a file that the JDK writes, in a temporary directory that nobody else can read; both
 * are deleted when it is closed.
 */
final class ScratchFile implements AutoCloseable {
  private final Path directory;
  private final Path file;

  ScratchFile(String name) throws IOException {
    directory = Files.createTempDirectory("srun-"); // for the owner alone
    file = directory.resolve(name).toAbsolutePath();
  }

  /** The path; nothing is there yet. */
  Path path() {
    return file;
  }

  @Override
  public void close() throws IOException {
    try {
      Files.deleteIfExists(file);
    } finally {
      Files.deleteIfExists(directory);
    }
  }
}
