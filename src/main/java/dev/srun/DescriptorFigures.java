package dev.srun;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How many file descriptors a process has open, by kind, and how many it may have. Linux only.
 *
 * @param sockets TCP, UDP and UNIX sockets
 * @param pipes pipes
 * @param files files, directories and devices
 * @param others selectors and the like
 * @param more whether there are more than were counted
 * @param limit as the system writes it
 */
record DescriptorFigures(
    int sockets, int pipes, int files, int others, boolean more, String limit) {

  /** The watchdog waits for this, so that it must not take long. */
  private static final int MOST = 10_000;

  private static final String LIMIT = "Max open files";

  /**
   * Reads them; needs one descriptor.
   *
   * @param process the directory of a process, such as {@code /proc/self}
   * @throws IOException if there is none, or the system does not tell
   */
  static DescriptorFigures of(Path process) throws IOException {
    String limit = limit(Files.readString(process.resolve("limits")));
    int sockets = 0;
    int pipes = 0;
    int files = 0;
    int others = 0;
    boolean more = false;
    try (DirectoryStream<Path> open = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path each : open) {
        if (sockets + pipes + files + others == MOST) {
          more = true;
          break;
        }
        String thing = thing(each);
        if (thing.startsWith("socket:")) {
          sockets++;
        } else if (thing.startsWith("pipe:")) {
          pipes++;
        } else if (thing.startsWith("/")) {
          files++;
        } else {
          others++;
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return new DescriptorFigures(sockets, pipes, files, others, more, limit);
  }

  private static String thing(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException closedMeanwhile) {
      return "";
    }
  }

  private static String limit(String limits) {
    for (String line : limits.split("\n", -1)) {
      if (line.startsWith(LIMIT)) {
        return line.substring(LIMIT.length()).strip().split(" ", 2)[0];
      }
    }
    return "unknown";
  }

  @Override
  public String toString() {
    int all = sockets + pipes + files + others;
    return (more ? "more than " : "")
        + all
        + " open, limit "
        + limit
        + (more ? " (of the first " + all + ": " : " (")
        + sockets
        + " sockets, "
        + files
        + " files, "
        + pipes
        + " pipes, "
        + others
        + " others)";
  }
}
