package dev.srun.admin;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The file of one recording in the directory for temporary files; deleted when it is closed. */
final class TemporaryRecording implements AutoCloseable {

  /** Where there is less, somebody else fills the disk. */
  private static final long RESERVE = 24_000_000;

  private final Path path;

  private TemporaryRecording(Path path) {
    this.path = path;
  }

  /**
   * Makes the file, which nobody but this user may read.
   *
   * @throws NoProfileException if it cannot be written, or there is less room than that
   */
  static TemporaryRecording withRoomFor(long bytes) throws NoProfileException, IOException {
    TemporaryRecording file = new TemporaryRecording(create());
    try {
      file.checkRoom(bytes);
      return file;
    } catch (NoProfileException | IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static Path create() throws NoProfileException {
    try {
      return Files.createTempFile("srun-" + ProcessHandle.current().pid() + "-", ".jfr");
    } catch (IOException e) {
      throw new NoProfileException(NoProfileException.NOT_NOW, "cannot write a recording: " + e);
    }
  }

  Path path() {
    return path;
  }

  /** The JVM ends itself where its recorder finds no room left on the disk, so this must not be. */
  void checkRoom() throws NoProfileException, IOException {
    checkRoom(RESERVE);
  }

  private void checkRoom(long bytes) throws NoProfileException, IOException {
    long room = Files.getFileStore(path).getUsableSpace();
    if (room < bytes) {
      throw new NoProfileException(
          NoProfileException.NOT_NOW,
          "a recording needs room for %d MB in %s, which has %d MB"
              .formatted(bytes / 1_000_000, path.getParent(), room / 1_000_000));
    }
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(path);
  }
}
