package dev.srun.upgrade;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Starts this program once more: a seam, so that what the next generation does can be a test. */
@FunctionalInterface
interface Spawner {

  /** What is meant for one process and no other. */
  Set<String> FOR_ONE_PROCESS =
      Set.of(
          Rendezvous.VARIABLE,
          ShellSpawned.PID_VARIABLE,
          "LISTEN_PID",
          "LISTEN_FDS",
          "LISTEN_FDNAMES",
          "LISTEN_PIDFDID");

  /** Options of the JVM whose value is the next word. */
  Set<String> WITH_A_VALUE =
      Set.of(
          "-cp",
          "-classpath",
          "--class-path",
          "-p",
          "--module-path",
          "--upgrade-module-path",
          "--limit-modules",
          "--add-modules",
          "--add-exports",
          "--add-opens",
          "--add-reads",
          "--patch-module",
          "--enable-native-access");

  /** How options begin that have a JVM write, at its end, what it has learnt: one may. */
  List<String> OF_A_TRAINING =
      List.of(
          "-XX:AOTCacheOutput=",
          "-XX:AOTMode=record",
          "-XX:AOTConfiguration=",
          "-XX:ArchiveClassesAtExit=");

  /**
   * Starts it.
   *
   * @param more what it finds in its environment beside what this process has
   */
  Spawned start(Map<String, String> more) throws IOException;

  /**
   * The one for a program in this environment. Where systemd supervises the program, the new
   * process runs behind a shell: see {@link ShellSpawned}. When memory runs out the system ends the
   * new process first.
   */
  static Spawner of(Map<String, String> environment) {
    boolean behindShell = Systemd.isThere(environment);
    return more -> {
      ProcessBuilder builder = likeThisOne(more);
      Spawned spawned = behindShell ? ShellSpawned.start(builder) : Spawned.child(builder.start());
      OomScore.of(spawned.process().pid()).set(OomScore.FIRST, System.getLogger("srun"));
      return spawned;
    };
  }

  /**
   * What starts it: the same command line, working directory, environment and standard streams. The
   * command line is the system's: the JVM's own knowledge of it lacks what is long, and has twice
   * what comes from the environment.
   */
  static ProcessBuilder likeThisOne(Map<String, String> more) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(withoutTraining(commandLine())).inheritIO();
    builder.environment().keySet().removeAll(FOR_ONE_PROCESS);
    builder.environment().putAll(more);
    return builder;
  }

  /**
   * Two processes that write the same cache leave none: the one that was started with the options
   * for it is left to do so.
   */
  static List<String> withoutTraining(List<String> commandLine) {
    List<String> kept = new ArrayList<>();
    boolean ofTheJvm = true;
    for (String word : commandLine) {
      String before = kept.isEmpty() ? "" : kept.getLast();
      boolean isAnOption = kept.isEmpty() || word.startsWith("-") || word.startsWith("@");
      ofTheJvm =
          ofTheJvm
              && (isAnOption || WITH_A_VALUE.contains(before))
              && !Set.of("-jar", "-m", "--module").contains(before);
      if (!ofTheJvm || OF_A_TRAINING.stream().noneMatch(word::startsWith)) {
        kept.add(word);
      }
    }
    return kept;
  }

  /** The command line of this process. Its first word may lead to another JDK by now. */
  static List<String> commandLine() throws IOException {
    Charset charset = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
    String text = new String(Files.readAllBytes(Path.of("/proc/self/cmdline")), charset);
    return List.of(text.substring(0, text.length() - 1).split("\0", -1));
  }
}
