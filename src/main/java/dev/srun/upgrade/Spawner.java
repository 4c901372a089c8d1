package dev.srun.upgrade;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Starts this program once more: a seam, so that what the next generation does can be a test. */
@FunctionalInterface
interface Spawner {

  /** What is meant for one process and no other. */
  Set<String> FOR_ONE_PROCESS =
      Set.of(Rendezvous.VARIABLE, "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID");

  /**
   * Starts it.
   *
   * @param more what it finds in its environment beside what this process has
   */
  Process start(Map<String, String> more) throws IOException;

  /**
   * With the same command line, working directory, environment and standard streams. The command
   * line is the system's: the JVM's own knowledge of it lacks what is long, and has twice what
   * comes from the environment.
   */
  static Process again(Map<String, String> more) throws IOException {
    return likeThisOne(more).start();
  }

  /** What starts it. */
  static ProcessBuilder likeThisOne(Map<String, String> more) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(commandLine()).inheritIO();
    builder.environment().keySet().removeAll(FOR_ONE_PROCESS);
    builder.environment().putAll(more);
    return builder;
  }

  /** The command line of this process. Its first word may lead to another JDK by now. */
  static List<String> commandLine() throws IOException {
    Charset charset = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
    String text = new String(Files.readAllBytes(Path.of("/proc/self/cmdline")), charset);
    return List.of(text.substring(0, text.length() - 1).split("\0", -1));
  }
}
