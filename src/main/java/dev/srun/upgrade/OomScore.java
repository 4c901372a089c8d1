package dev.srun.upgrade;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How readily the system ends a process when memory runs out: {@code oom_score_adj} of proc(5).
 * Every process may raise that of its user's processes, and lower it again to what it was.
 */
record OomScore(Path file) {

  /** The process is ended before all others in its cgroup. */
  static final int FIRST = 1000;

  static OomScore of(long pid) {
    return new OomScore(Path.of("/proc", Long.toString(pid), "oom_score_adj"));
  }

  int value() throws IOException {
    String text = Files.readString(file).strip();
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IOException(file + " has '" + text + "'; expected a number", e);
    }
  }

  /** Sets it; where that is not allowed the logger has the reason. */
  void set(int value, System.Logger logger) {
    try {
      Files.writeString(file, Integer.toString(value));
    } catch (IOException e) {
      logger.log(System.Logger.Level.DEBUG, file + " stays as it is: " + e);
    }
  }
}
