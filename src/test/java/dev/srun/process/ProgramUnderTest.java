package dev.srun.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assertions;

/**
 * A program in a JVM of its own, the kind of JVM that runs the test: watched through its pipes,
 * signalled as a user or an init system does it, and gone when this is closed.
 */
final class ProgramUnderTest implements AutoCloseable {

  /** How long a wait that has no bound of its own may take on a busy machine. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Process process;
  private final Lines out;
  private final Lines err;

  private ProgramUnderTest(Process process, boolean readsStderr) {
    this.process = process;
    this.out = new Lines("stdout", process.inputReader(StandardCharsets.UTF_8));
    this.err = new Lines("stderr", process.errorReader(StandardCharsets.UTF_8));
    out.startReading();
    if (readsStderr) {
      err.startReading();
    }
  }

  static Command of(Class<?> main, String... arguments) {
    return new Command(main.getName(), List.of(arguments));
  }

  /** A program that is not on this test's class path. */
  static Command named(String main, String classPath) {
    return new Command(main, List.of()).classPath(classPath);
  }

  /** Whether this JVM runs with preview features. */
  static boolean previewIsOn() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().contains("--enable-preview");
  }

  /** How a program is to be started. */
  static final class Command {
    private final String main;
    private final List<String> arguments;
    private final Map<String, String> environment = new TreeMap<>();
    private final List<String> jvmFlags = new ArrayList<>();
    private List<String> wrapper = List.of();
    private String classPath = System.getProperty("java.class.path");
    private boolean preview = previewIsOn();
    private boolean readsStderr = true;

    private Command(String main, List<String> arguments) {
      this.main = main;
      this.arguments = arguments;
    }

    Command env(String variable, String value) {
      environment.put(variable, value);
      return this;
    }

    Command jvm(String... flags) {
      jvmFlags.addAll(List.of(flags));
      return this;
    }

    /** With an admin server, on a port that is free: see {@link #awaitListener}. */
    Command withAdmin() {
      return env("SRUN_ADMIN_ADDRESS", "127.0.0.1:0");
    }

    /** Leaves out what a program need not have: jars whose names begin like one of these. */
    Command without(String... jars) {
      classPath =
          Arrays.stream(classPath.split(File.pathSeparator, -1))
              .filter(entry -> Arrays.stream(jars).noneMatch(nameOf(entry)::startsWith))
              .collect(Collectors.joining(File.pathSeparator));
      return this;
    }

    /** With the classes of a jar before all others. */
    Command jar(Path jar) {
      classPath = jar + File.pathSeparator + classPath;
      return this;
    }

    private static String nameOf(String entry) {
      return String.valueOf(Path.of(entry).getFileName());
    }

    /** From there alone. */
    Command classPath(String path) {
      classPath = path;
      return this;
    }

    /** With or without preview features, whatever this JVM has. */
    Command preview(boolean on) {
      preview = on;
      return this;
    }

    /** Has the JVM started by another program, which must become it by exec. */
    Command startedBy(String... command) {
      wrapper = List.of(command);
      return this;
    }

    /** Has the JVM started by a shell that does something before. */
    Command afterShell(String commands) {
      return startedBy("sh", "-c", commands + "; exec \"$@\"", "sh");
    }

    Command withStderrThatNobodyReads() {
      readsStderr = false;
      return this;
    }

    ProgramUnderTest start() throws IOException {
      ProcessBuilder builder = new ProcessBuilder(commandLine());
      Map<String, String> inherited = builder.environment();
      inherited.keySet().removeIf(Command::changesPrograms);
      // No port of the machine's is needed for most of what is tested here.
      inherited.put("SRUN_ADMIN_ADDRESS", "off");
      inherited.putAll(environment);
      return new ProgramUnderTest(builder.start(), readsStderr);
    }

    private static boolean changesPrograms(String variable) {
      return variable.startsWith("SRUN_")
          || variable.startsWith("OTEL_")
          || variable.startsWith("KUBERNETES_")
          || variable.endsWith("_JAVA_OPTIONS")
          || variable.equals("JAVA_TOOL_OPTIONS");
    }

    /** The variables that it sets, beside those that it inherits. */
    Map<String, String> environment() {
      return environment;
    }

    /** The words that start it. */
    List<String> commandLine() {
      List<String> line = new ArrayList<>(wrapper);
      line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      line.addAll(List.of("-XX:TieredStopAtLevel=1", "-Xshare:auto", "-ea"));
      line.addAll(List.of("-Duser.language=en", "-Duser.country=US"));
      if (preview) {
        line.add("--enable-preview");
      }
      line.addAll(jvmFlags);
      line.addAll(List.of("-cp", classPath, main));
      line.addAll(arguments);
      return line;
    }
  }

  /** Waits for a line on stdout that contains the text. */
  void awaitLine(String text) throws InterruptedException {
    await(out, text);
  }

  /** Waits for a line on stderr that contains the text. */
  void awaitLog(String text) throws InterruptedException {
    await(err, text);
  }

  /** Waits for so many lines on stderr that contain the text. */
  void awaitLog(String text, int times) throws InterruptedException {
    if (!err.await(text, times, PATIENCE)) {
      Assertions.fail("no line '" + text + "' for the " + times + ". time; " + output());
    }
  }

  /** Waits until the log says that every service is running. */
  void awaitUp() throws InterruptedException {
    awaitLog(" is up: ");
  }

  /**
   * Waits until the log says where a service listens. The admin server's listener is {@code admin}.
   */
  ListenerUnderTest awaitListener(String name) throws InterruptedException {
    String fact = ", " + name + "=http://127.0.0.1:";
    awaitLog(fact);
    String line = stderr().stream().filter(each -> each.contains(fact)).findFirst().orElseThrow();
    String port = line.substring(line.indexOf(fact) + fact.length()).replaceFirst(",.*", "");
    return new ListenerUnderTest(Integer.parseInt(port));
  }

  private void await(Lines lines, String text) throws InterruptedException {
    if (!lines.await(text, PATIENCE)) {
      Assertions.fail("no line '" + text + "' on " + lines.name + "; " + output());
    }
  }

  long pid() {
    return process.pid();
  }

  /** Writes a line to stdin; see {@link Told}. */
  void tell(String line) throws IOException {
    process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
  }

  /** Sends a signal, named without SIG. */
  void signal(String name) throws IOException, InterruptedException {
    run("kill", "-" + name, String.valueOf(process.pid()));
  }

  /** Sends signals as close together as can be. */
  void signalTogether(String first, String second) throws IOException, InterruptedException {
    String pid = String.valueOf(process.pid());
    run("sh", "-c", "kill -$1 $3 && kill -$2 $3", "sh", first, second, pid);
  }

  /** Sends the same signal again after a while, as a user does who waits for the end. */
  void signalTwice(String name, Duration apart) throws IOException, InterruptedException {
    String seconds = String.valueOf(apart.toMillis() / 1e3);
    String pid = String.valueOf(process.pid());
    run("sh", "-c", "kill -$1 $2 && sleep $3 && kill -$1 $2", "sh", name, pid, seconds);
  }

  private void run(String... command) throws IOException, InterruptedException {
    Process sender = new ProcessBuilder(command).inheritIO().start();
    assertEquals(0, sender.waitFor(), () -> String.join(" ", command) + "; " + output());
  }

  /** Waits for the end of the process and checks its exit code. */
  void assertExit(int code) throws InterruptedException {
    assertExit(code, PATIENCE);
  }

  /** Waits for the end of the process, which must come soon enough, and checks its exit code. */
  void assertExit(int code, Duration within) throws InterruptedException {
    assertEquals(code, awaitExit(within), this::output);
  }

  /** Waits for the end of the process, which must come soon enough, and returns its exit code. */
  int awaitExit(Duration within) throws InterruptedException {
    boolean ended = process.waitFor(within.toNanos(), TimeUnit.NANOSECONDS);
    assertTrue(ended, () -> "still running after " + within + "; " + output());
    out.awaitEnd(PATIENCE);
    err.awaitEnd(PATIENCE);
    return process.exitValue();
  }

  /** As {@link #awaitExit}, of a process whose streams another one may go on using. */
  int awaitExitAlone(Duration within) throws InterruptedException {
    boolean ended = process.waitFor(within.toNanos(), TimeUnit.NANOSECONDS);
    assertTrue(ended, () -> "still running after " + within + "; " + output());
    return process.exitValue();
  }

  /** The lines on stdout: all of them once the process has ended. */
  List<String> stdout() {
    return out.soFar();
  }

  /** The lines on stderr: all of them once the process has ended. */
  List<String> stderr() {
    return err.soFar();
  }

  void assertLogged(String text) {
    assertTrue(err.contain(text), () -> "no '" + text + "' on stderr; " + output());
  }

  void assertNotLogged(String text) {
    assertFalse(err.contain(text), () -> "'" + text + "' on stderr; " + output());
  }

  String output() {
    return "stdout:\n%s\nstderr:\n%s"
        .formatted(String.join("\n", stdout()), String.join("\n", stderr()));
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }

  /** What a pipe has brought so far, line by line. */
  private static final class Lines {
    private final String name;
    private final BufferedReader reader;
    private final List<String> lines = new ArrayList<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private boolean reading;

    Lines(String name, BufferedReader reader) {
      this.name = name;
      this.reader = reader;
    }

    void startReading() {
      reading = true;
      Thread.ofPlatform().name(name).daemon().start(this::read);
    }

    private void read() {
      try {
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
          change(line, true);
        }
      } catch (IOException processHasEnded) {
        // The JDK closes its pipe then, also where another generation still writes to it.
      } finally {
        change("", false);
      }
    }

    private void change(String line, boolean goesOn) {
      lock.lock();
      try {
        if (goesOn) {
          lines.add(line);
        }
        reading = goesOn;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }

    /** False if the time passed, or the pipe ended, without such a line. */
    boolean await(String text, Duration patience) throws InterruptedException {
      return await(text, 1, patience);
    }

    boolean await(String text, int times, Duration patience) throws InterruptedException {
      lock.lock();
      try {
        long left = patience.toNanos();
        while (count(text) < times && reading && left > 0) {
          left = changed.awaitNanos(left);
        }
        return count(text) >= times;
      } finally {
        lock.unlock();
      }
    }

    void awaitEnd(Duration patience) throws InterruptedException {
      lock.lock();
      try {
        long left = patience.toNanos();
        while (reading && left > 0) {
          left = changed.awaitNanos(left);
        }
      } finally {
        lock.unlock();
      }
    }

    boolean contain(String text) {
      return count(text) > 0;
    }

    private long count(String text) {
      return soFar().stream().filter(line -> line.contains(text)).count();
    }

    List<String> soFar() {
      lock.lock();
      try {
        return List.copyOf(lines);
      } finally {
        lock.unlock();
      }
    }
  }
}
