package dev.srun.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A real systemd that supervises programs: booted from a tree as process 1 of its own namespaces,
 * and gone with all that it has started when this is closed. The network is the machine's.
 */
final class RealSystemd implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Process boot;
  private final long pid;

  private RealSystemd(Process boot, long pid) {
    this.boot = boot;
    this.pid = pid;
  }

  /**
   * The trees that build.sh has found, each by the suite of its distribution; one empty name where
   * there is none, so that what needs one counts as skipped.
   */
  static List<String> suites() {
    String trees = System.getenv().getOrDefault("SRUN_TEST_SYSTEMD", "");
    return Arrays.stream(trees.strip().split("\\s+")).toList();
  }

  /** Boots one; no test without a tree. */
  static RealSystemd boot(String tree) throws IOException, InterruptedException {
    assumeTrue(!tree.isEmpty(), "not tested: no systemd here (tools/systemd.sh says why)");
    Path script = Path.of("src/test/resources/dev/srun/process/boot-systemd.sh").toAbsolutePath();
    List<String> command = new ArrayList<>(List.of("bash", script.toString(), tree));
    command.add("srun-test-" + ProcessHandle.current().pid() + "-" + System.nanoTime());
    command.addAll(foldersOfThisJvm());
    Process boot =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    BufferedReader said = boot.inputReader(StandardCharsets.UTF_8);
    String pid = said.readLine();
    assertTrue(pid != null && pid.matches("[0-9]+"), () -> "it did not boot: " + pid);
    RealSystemd systemd = new RealSystemd(boot, Long.parseLong(pid));
    await("a booted systemd")
        .atMost(PATIENCE)
        .until(() -> systemd.tried("systemctl", "is-active", "basic.target").exit() == 0);
    return systemd;
  }

  /** What a JVM like this one reads: the JDK, the classes, the jars. */
  private static Set<String> foldersOfThisJvm() throws IOException {
    Set<String> folders = new TreeSet<>();
    String home = Path.of(System.getProperty("java.home")).toRealPath().toString();
    // A JDK that was unpacked into a folder brings its C library along, beside usr/lib/jvm.
    int unpacked = home.indexOf("/usr/lib/jvm/");
    folders.add(unpacked > 0 ? home.substring(0, unpacked) : home);
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      String path = Path.of(entry).toAbsolutePath().toString();
      int repository = path.indexOf("/repository/");
      folders.add(
          repository > 0
              ? path.substring(0, repository + "/repository".length())
              : String.valueOf(Path.of(path).getParent()));
    }
    return folders;
  }

  /** What a command printed, its errors included, and its exit code. */
  record Result(int exit, String output) {}

  /** Runs a command as the administrator of that machine would, and fails if it fails. */
  String run(String... command) throws IOException, InterruptedException {
    Result result = tried(command);
    assertEquals(0, result.exit(), () -> String.join(" ", command) + ": " + result.output());
    return result.output();
  }

  Result tried(String... command) throws IOException, InterruptedException {
    Process process = begin(command);
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), output.strip());
  }

  private Process begin(String... command) throws IOException {
    List<String> line =
        new ArrayList<>(List.of("nsenter", "--target", Long.toString(pid), "--all"));
    line.addAll(List.of("env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"));
    line.addAll(List.of("SYSTEMD_PAGER=", "SYSTEMD_COLORS=0"));
    line.addAll(List.of(command));
    return new ProcessBuilder(line).redirectErrorStream(true).start();
  }

  /** A file of that machine, as this one reaches it. */
  Path file(String path) {
    return Path.of("/proc", Long.toString(pid), "root", path);
  }

  /** The lines of the unit in the README, which are to be right. */
  static List<String> unitInReadme() throws IOException {
    List<String> lines = Files.readAllLines(Path.of("README.md"));
    int begin = lines.indexOf("[Service]");
    assertTrue(begin > 0, "README.md has no [Service]");
    int end = begin + lines.subList(begin, lines.size()).indexOf("```");
    return lines.subList(begin, end);
  }

  /** How a program is to be supervised. */
  Unit unit(String name, ProgramUnderTest.Command command) {
    return new Unit(name, command);
  }

  /** A program as this systemd supervises it: the README's unit, with another command. */
  final class Unit implements AutoCloseable {
    private final String name;
    private final ProgramUnderTest.Command command;
    private final Map<String, String> more = new TreeMap<>();
    private final String directory;

    private Unit(String name, ProgramUnderTest.Command command) {
      this.name = name;
      this.command = command;
      this.directory = "/run/" + name;
    }

    /** Says it otherwise than the README, or beside. */
    Unit with(String key, String value) {
      more.put(key, value);
      return this;
    }

    /** A file of the program's. */
    Path file(String name) {
      return RealSystemd.this.file(path(name));
    }

    /** The same, as the program knows it. */
    String path(String name) {
      return directory + "/" + name;
    }

    Unit install() throws IOException, InterruptedException {
      List<String> lines = new ArrayList<>();
      for (String line : unitInReadme()) {
        String key = line.split("=", 2)[0];
        if (line.startsWith("ExecStart=")) {
          lines.add("ExecStart=" + words(command.commandLine()));
        } else if (!more.containsKey(key) || line.startsWith("Environment=")) {
          lines.add(line);
        }
      }
      more.forEach((key, value) -> lines.add(key + "=" + value));
      command
          .environment()
          .forEach((key, value) -> lines.add("Environment=\"" + key + "=" + value + "\""));
      Files.createDirectories(RealSystemd.this.file(directory));
      Files.write(unitFile(".service"), lines);
      reload();
      return this;
    }

    /** With a socket that systemd listens on. */
    Unit installSocket(int port) throws IOException, InterruptedException {
      Files.write(
          unitFile(".socket"),
          List.of("[Socket]", "ListenStream=127.0.0.1:" + port, "FileDescriptorName=api"));
      reload();
      return this;
    }

    String service() {
      return name + ".service";
    }

    String socket() {
      return name + ".socket";
    }

    private Path unitFile(String ending) {
      return RealSystemd.this.file("/run/systemd/system/" + name + ending);
    }

    private void reload() throws IOException, InterruptedException {
      run("systemctl", "daemon-reload");
    }

    private static String words(List<String> command) {
      return command.stream()
          .map(word -> "\"" + word.replace("\\", "\\\\").replace("\"", "\\\"") + "\"")
          .collect(Collectors.joining(" "));
    }

    /** What systemctl does with it, which fails if that fails. */
    void systemctl(String verb) throws IOException, InterruptedException {
      run("systemctl", verb, name);
    }

    Result tried(String verb) throws IOException, InterruptedException {
      return RealSystemd.this.tried("systemctl", verb, name);
    }

    /** Has systemctl do something without waiting for it. */
    Process begin(String verb) throws IOException {
      return RealSystemd.this.begin("systemctl", verb, name);
    }

    String show(String property) throws IOException, InterruptedException {
      return run("systemctl", "show", "--value", "--property", property, name);
    }

    /** The main process by the number that it has there; 0 if there is none. */
    long mainPid() throws IOException, InterruptedException {
      return Long.parseLong(show("MainPID"));
    }

    void kill(long process, String signal) throws IOException, InterruptedException {
      run("kill", "-" + signal, Long.toString(process));
    }

    /** Upgrades the program, and waits until systemd follows the new process. */
    long upgrade() throws IOException, InterruptedException {
      long before = mainPid();
      systemctl("reload");
      return awaitMainPidOtherThan(before);
    }

    long awaitMainPidOtherThan(long before) {
      return await("another main process than " + before)
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(50))
          .until(this::mainPid, now -> now != before && now != 0);
    }

    /** What the program and systemd have said of it, in order. */
    List<String> journal() throws IOException, InterruptedException {
      return run("journalctl", "--no-pager", "--output=cat", "--unit", name).lines().toList();
    }

    private String journalNow() {
      try {
        return String.join("\n", journal());
      } catch (IOException e) {
        return e.toString();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return e.toString();
      }
    }

    void awaitJournal(String text) {
      awaitJournal(text, 1);
    }

    void awaitJournal(String text, int times) {
      try {
        await()
            .atMost(PATIENCE)
            .pollInterval(Duration.ofMillis(50))
            .until(() -> journal().stream().filter(line -> line.contains(text)).count() >= times);
      } catch (ConditionTimeoutException e) {
        fail("not " + times + " times '" + text + "' in the journal:\n" + journalNow(), e);
      }
    }

    /** Where the program listens for HTTP. */
    ListenerUnderTest api() throws IOException, InterruptedException {
      String fact = ", api=http://127.0.0.1:";
      awaitJournal(fact);
      String line = journal().stream().filter(each -> each.contains(fact)).findFirst().orElse("");
      String port = line.substring(line.indexOf(fact) + fact.length()).replaceFirst(",.*", "");
      return new ListenerUnderTest(Integer.parseInt(port));
    }

    /** The processes in its cgroup. */
    List<String> processes() throws IOException {
      Path group = RealSystemd.this.file("/sys/fs/cgroup/system.slice/" + name + ".service");
      if (!Files.isDirectory(group)) {
        return List.of();
      }
      try (Stream<Path> files = Files.walk(group)) {
        List<String> processes = new ArrayList<>();
        for (Path file : files.filter(each -> each.endsWith("cgroup.procs")).toList()) {
          processes.addAll(Files.readAllLines(file));
        }
        return processes;
      }
    }

    @Override
    public void close() throws IOException {
      try {
        for (String ending : List.of(".socket", ".service")) {
          if (Files.exists(unitFile(ending))) {
            RealSystemd.this.tried("systemctl", "kill", "--signal=KILL", name + ending);
            RealSystemd.this.tried("systemctl", "stop", name + ending);
            Files.delete(unitFile(ending));
          }
        }
        RealSystemd.this.tried("systemctl", "reset-failed");
        reload();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() throws IOException {
    boot.getOutputStream().close();
    boot.onExit().join();
  }
}
