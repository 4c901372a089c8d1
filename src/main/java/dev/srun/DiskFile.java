package dev.srun;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A state file on a disk, replaced by renaming a temporary one onto it. It is not forced to the
 * device: it has to outlive the process, not the machine.
 */
final class DiskFile implements StateFile {

  /** Many times what is ever written. */
  private static final int LONGEST = 64 * 1024;

  /** Leaves room for what is appended; the name of a file has 255 bytes on most systems. */
  private static final int LONGEST_NAME = 150;

  private final Path directory;
  private final Path file;
  private final Path temporary;

  /**
   * Names the file of a program.
   *
   * @param pid tells the temporary file from one of a process that starts at the same time
   */
  DiskFile(Path directory, String program, long pid) {
    this.directory = directory.toAbsolutePath();
    this.file = this.directory.resolve(name(program) + ".run");
    this.temporary = this.directory.resolve(file.getFileName() + "." + pid + ".tmp");
  }

  /**
   * A name for files, different for every program: letters, digits, minus and underscore stand for
   * themselves, as does a dot that is not the first character; of the rest every byte is written as
   * in a URI. The end of a long one is replaced by a hash of the whole.
   */
  static String name(String program) {
    StringBuilder name = new StringBuilder();
    for (byte each : program.getBytes(UTF_8)) {
      char c = (char) (each & 0xff);
      boolean plain =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || c == '-'
              || c == '_'
              || (c == '.' && !name.isEmpty());
      name.append(plain ? c : "%%%02X".formatted((int) c));
    }
    return name.length() <= LONGEST_NAME
        ? name.toString()
        : name.substring(0, LONGEST_NAME - 40) + "~" + UUID.nameUUIDFromBytes(bytes(program));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8); // unlike Files.writeString never fails, whatever the text
  }

  @Override
  public Path path() {
    return file;
  }

  @Override
  public @Nullable String read() throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] found = in.readNBytes(LONGEST + 1);
      if (found.length > LONGEST) {
        throw new IOException("longer than " + LONGEST + " bytes");
      }
      return new String(found, UTF_8);
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  @Override
  public void prepare() throws IOException {
    Files.createDirectories(directory);
    openTemporary().close();
    Files.delete(temporary);
  }

  @Override
  public void replace(String text) throws IOException {
    try {
      try (OutputStream out = openTemporary()) {
        out.write(bytes(text));
      }
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      deleteTemporary(e);
      throw e;
    }
  }

  /** Never through a link, which others may have put there where all may write. */
  private OutputStream openTemporary() throws IOException {
    return Files.newOutputStream(
        temporary,
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.WRITE,
        LinkOption.NOFOLLOW_LINKS);
  }

  private void deleteTemporary(IOException why) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      why.addSuppressed(e);
    }
  }
}
