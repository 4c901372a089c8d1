package dev.srun.upgrade;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/** The file that names the process which serves. Whoever is named in it removes it. */
final class PidFile {
  private final Path file;
  private final long pid;

  PidFile(Path file, long pid) {
    this.file = file.toAbsolutePath();
    this.pid = pid;
  }

  /** Names this process: whoever reads it sees either the one before or this one. */
  void write() throws IOException {
    Path next =
        Files.createTempFile(
            file.getParent(),
            "." + file.getFileName(),
            "",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r--r--")));
    try {
      Files.writeString(next, pid + "\n");
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(next);
    }
  }

  /** Removes it, unless it names another process by now. */
  void remove() throws IOException {
    if (Files.exists(file) && Files.readString(file).strip().equals(Long.toString(pid))) {
      Files.delete(file);
    }
  }
}
