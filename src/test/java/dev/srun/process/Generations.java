package dev.srun.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A program and all that take its place, one after the other: told from other processes by a mark
 * in their environment, which each inherits from the one before, and gone when this is closed.
 */
final class Generations implements AutoCloseable {

  /** How long a wait that has no bound of its own may take on a busy machine. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final String MARK = "TEST_MARK";

  private final String mark;
  private final Path directory;
  private final ProgramUnderTest first;

  private Generations(String mark, Path directory, ProgramUnderTest first) {
    this.mark = mark;
    this.directory = directory;
    this.first = first;
  }

  /** What may be told of the program before it is started. */
  static ProgramUnderTest.Command upgradable(Path directory) throws IOException {
    Files.writeString(nature(directory), Upgradable.Nature.GOOD.name());
    return upgradable(directory, ProgramUnderTest.of(Upgradable.class))
        .env(Upgradable.NATURE, nature(directory).toString());
  }

  /** Another program than {@link Upgradable}, with upgrades on. */
  static ProgramUnderTest.Command upgradable(Path directory, ProgramUnderTest.Command command)
      throws IOException {
    assumeTrue(
        Runtime.version().feature() > 21 || ProgramUnderTest.previewIsOn(),
        "JDK 21 upgrades with --enable-preview only");
    Path temporary = Files.createDirectories(directory.resolve("tmp"));
    return command
        .jvm("-Djava.io.tmpdir=" + temporary)
        .env("SRUN_UPGRADE", "on")
        .env("SRUN_UPGRADE_PROBATION", "200ms")
        .env("SRUN_UPGRADE_SLOW_START", "100ms")
        .env("SRUN_PID_FILE", directory.resolve("pid").toString());
  }

  private static Path nature(Path directory) {
    return directory.resolve("nature");
  }

  /** Starts the program and waits until it says by its PID file that it serves. */
  static Generations start(Path directory, ProgramUnderTest.Command command)
      throws IOException, InterruptedException {
    Generations generations = begin(directory, command);
    try {
      generations.awaitPidFile(generations.first.pid());
      return generations;
    } catch (Throwable e) {
      generations.close();
      throw e;
    }
  }

  /** Starts the program. */
  static Generations begin(Path directory, ProgramUnderTest.Command command) throws IOException {
    String mark = UUID.randomUUID().toString();
    return new Generations(mark, directory, command.env(MARK, mark).start());
  }

  /** The first one. */
  ProgramUnderTest first() {
    return first;
  }

  /** The next one is to be like that. */
  void next(Upgradable.Nature nature) throws IOException {
    Files.writeString(nature(directory), nature.name());
  }

  /** The service's HTTP listener. */
  ListenerUnderTest api() throws InterruptedException {
    return first.awaitListener("api");
  }

  /** Where the first one's service says that a server of its own listens. */
  InetSocketAddress address(String service) throws InterruptedException {
    first.awaitLog(service + " RUNNING");
    int port =
        Integer.parseInt(line(service + " RUNNING").replaceAll(".*, at=\\S*:([0-9]+).*", "$1"));
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /** Has the serving one upgraded by a signal, and waits for the next, whose process it returns. */
  long upgrade(int generation) throws IOException, InterruptedException {
    signal(serving(), "HUP");
    return awaitTakeover(generation);
  }

  /** Waits until that generation serves, by its word and its parent's. */
  long awaitTakeover(int generation) throws InterruptedException {
    String text = " (generation " + generation + ") has taken over after ";
    first.awaitLog(text);
    String line = line(text);
    long pid = Long.parseLong(line.replaceAll(".* pid ([0-9]+) .*", "$1"));
    awaitPidFile(pid);
    return pid;
  }

  /** Waits until a process of that generation has been started, and returns it. */
  long awaitStarted(int generation) throws InterruptedException {
    String text = " as generation " + generation;
    first.awaitLog(text);
    return Long.parseLong(line(text).replaceAll(".*started pid ([0-9]+) .*", "$1"));
  }

  private String line(String text) {
    return first.stderr().stream()
        .filter(line -> line.contains(text))
        .reduce((a, b) -> b)
        .orElseThrow();
  }

  /** The process in the PID file. */
  long serving() throws IOException {
    return Long.parseLong(Files.readString(pidFile()).strip());
  }

  void awaitPidFile(long pid) {
    await("pid " + pid + " in the PID file; " + first.output())
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(10))
        .until(() -> Files.exists(pidFile()) && serving() == pid);
  }

  /** Waits for the first one's. */
  void awaitPidFile() {
    await("a PID file; " + first.output())
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(10))
        .until(() -> Files.exists(pidFile()));
  }

  private Path pidFile() {
    return directory.resolve("pid");
  }

  /** Sends the first one a signal. */
  void signalFirst(String name) throws IOException, InterruptedException {
    signal(first.pid(), name);
  }

  /** Sends a signal, named without SIG. */
  static void signal(long pid, String name) throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("kill", "-" + name, String.valueOf(pid)).inheritIO().start();
    assertEquals(0, kill.waitFor(), "kill -" + name + " " + pid);
  }

  /** Waits until it runs no more. */
  void awaitGone(long pid) {
    await("the end of pid " + pid + "; " + first.output())
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(10))
        .until(() -> !alive().contains(pid));
  }

  /** Stops the one that serves as an init system does, and sees that nothing is left of any. */
  void stop() throws IOException, InterruptedException {
    signal(serving(), "TERM");
    assertNothingLeft();
  }

  /** Waits for the end of all; none may leave a process or a temporary file. */
  void assertNothingLeft() throws IOException {
    await("the end of all; " + first.output())
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(10))
        .until(() -> alive().isEmpty());
    assertTrue(Files.notExists(pidFile()), () -> "a PID file is left; " + first.output());
    assertEquals(List.of(), temporaryFiles(), first::output);
  }

  /** What they have in the directory for temporary files, where every JVM has its own. */
  List<Path> temporaryFiles() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("tmp"))) {
      return files.filter(file -> !file.endsWith("hsperfdata_root")).sorted().toList();
    }
  }

  /** Those that run. */
  List<Long> alive() throws IOException {
    List<Long> alive = new ArrayList<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        if (isOurs(process)) {
          alive.add(Long.parseLong(String.valueOf(process.getFileName())));
        }
      }
    }
    return alive;
  }

  private boolean isOurs(Path process) {
    try {
      byte[] environment = Files.readAllBytes(process.resolve("environ"));
      return new String(environment, StandardCharsets.ISO_8859_1).contains(MARK + "=" + mark);
    } catch (IOException goneOrAnothers) {
      return false;
    }
  }

  /** How many processes it has started that have ended and that it has not taken notice of. */
  static long zombiesOf(long pid) throws IOException {
    long zombies = 0;
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        Optional<MatchResult> state = state(process);
        zombies +=
            state
                    .filter(its -> its.group(1).equals("Z") && its.group(2).equals("" + pid))
                    .isPresent()
                ? 1
                : 0;
      }
    }
    return zombies;
  }

  private static Optional<MatchResult> state(Path process) {
    try {
      String stat = Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1);
      return Pattern.compile("\\) (\\w) (\\d+) ").matcher(stat).results().findFirst();
    } catch (IOException gone) {
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    try {
      for (List<Long> left = alive(); !left.isEmpty(); left = alive()) {
        left.forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      first.close();
    }
  }
}
