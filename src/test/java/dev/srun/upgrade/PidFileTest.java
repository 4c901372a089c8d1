package dev.srun.upgrade;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One file, several generations. */
final class PidFileTest {
  @TempDir private Path directory;

  private PidFile of(long pid) {
    return new PidFile(directory.resolve("app.pid"), pid);
  }

  private String text() throws IOException {
    return Files.readString(directory.resolve("app.pid"));
  }

  private List<Path> files() throws IOException {
    try (var files = Files.list(directory)) {
      return files.toList();
    }
  }

  @Test
  void itNamesWhoHasWrittenItLastAndNothingElseIsLeft() throws Exception {
    of(41).write();
    of(42).write();

    assertEquals("42\n", text());
    assertEquals(List.of(directory.resolve("app.pid")), files());
    assertEquals(
        "rw-r--r--",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("app.pid"))));
  }

  @Test
  void onlyWhoIsNamedRemovesIt() throws Exception {
    of(41).write();
    of(42).write();
    of(41).remove();
    assertEquals("42\n", text());
    of(42).remove();
    assertFalse(Files.exists(directory.resolve("app.pid")));
    of(42).remove(); // twice is no matter
  }

  @Test
  void whatIsNoPidFileStays() throws Exception {
    Files.writeString(directory.resolve("app.pid"), "something else");
    of(42).remove();

    assertEquals("something else", text());
  }

  @Test
  void aFolderThatIsNotThereIsNamed() {
    PidFile file = new PidFile(directory.resolve("none").resolve("app.pid"), 42);
    IOException failure = assertThrows(IOException.class, file::write);

    assertTrue(failure.toString().contains("none"), failure::toString);
  }
}
