package dev.srun.bench.load;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The wallet's process and those that replace it. All of them are known by a line in their
 * environment, which a child inherits, and are ended by their ids.
 */
final class Generations implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(90);
  private static final Duration POLL = Duration.ofMillis(2);
  private static final Pattern API = Pattern.compile("\\bapi=http://([0-9.]+):([0-9]+)");
  private static final Pattern ADMIN = Pattern.compile("\\badmin=(http://[0-9.:]+)");
  private static final Pattern GENERATION = Pattern.compile("\"generation\": ?([0-9]+)");
  private static final String MARK = "SRUN_BENCH";

  /** The next generation did not come about. */
  static final class NoReplacementException extends Exception {
    private static final long serialVersionUID = 1;

    NoReplacementException(String message) {
      super(message);
    }
  }

  /**
   * How long it took to replace a generation.
   *
   * @param toServing from the signal until the next one serves
   * @param toExit from the signal until the last one is gone
   */
  record Replacement(Duration toServing, Duration toExit) {}

  private final Options options;
  private final String mark = UUID.randomUUID().toString();
  private final Path directory = Files.createTempDirectory("srun-bench");
  private final Path scratch = Files.createDirectory(directory.resolve("tmp"));
  private final Path pidFile = directory.resolve("wallet.pid");
  private final Path log = directory.resolve("wallet.log");
  // A shell that stands ready: starting one takes milliseconds, which would count as the upgrade's.
  private final Process shell =
      new ProcessBuilder("sh", "-c", "while read -r signal pid; do kill -$signal $pid; done")
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .redirectError(ProcessBuilder.Redirect.INHERIT)
          .start();
  private final Writer signals = shell.outputWriter();
  private final Thread onInterrupt = new Thread(this::endAll, "end-all");
  private InetSocketAddress address = new InetSocketAddress("127.0.0.1", 0);
  private long pid;

  private Generations(Options options) throws IOException {
    this.options = options;
    Runtime.getRuntime().addShutdownHook(onInterrupt);
  }

  /** Starts the first one, and waits until it serves. */
  static Generations start(Options options) throws IOException, NoReplacementException {
    Generations generations = new Generations(options);
    try {
      generations.startOne();
      return generations;
    } catch (IOException | NoReplacementException | RuntimeException e) {
      generations.close();
      throw e;
    }
  }

  InetSocketAddress address() {
    return address;
  }

  ProcessFacts facts() throws IOException {
    return ProcessFacts.of(pid);
  }

  /** Returns which generation the admin server says that it is. */
  String told() throws IOException {
    Matcher admin = ADMIN.matcher(log());
    if (!admin.find()) {
      return "no admin server";
    }
    URLConnection connection = URI.create(admin.group(1) + "/services").toURL().openConnection();
    connection.setRequestProperty("Connection", "close"); // one that is kept would hold the wallet
    try (InputStream in = connection.getInputStream()) {
      Matcher told = GENERATION.matcher(new String(in.readAllBytes(), StandardCharsets.UTF_8));
      return told.find() ? told.group(1) : "not told";
    }
  }

  /** Returns how many of its processes there are. */
  int alive() {
    return ProcessFacts.withEnvironment(MARK + "=" + mark).size();
  }

  /** Returns what lies in its directory for temporary files. */
  List<Path> leftovers() throws IOException {
    try (Stream<Path> all = Files.walk(scratch)) {
      return all.filter(path -> !path.equals(scratch)).map(scratch::relativize).toList();
    }
  }

  String log() throws IOException {
    return Files.readString(log);
  }

  /** Replaces the one that serves, as the options say. */
  Replacement replace() throws IOException, NoReplacementException {
    return switch (options.how()) {
      case HUP -> upgrade();
      case RESTART -> restart();
    };
  }

  private Replacement upgrade() throws IOException, NoReplacementException {
    if (readPid() != pid) {
      throw new NoReplacementException(
          "expected "
              + pid
              + " in SRUN_PID_FILE and found "
              + (readPid() == 0 ? "none" : readPid()));
    }
    long old = pid;
    long begin = System.nanoTime();
    signal("HUP", old);
    long[] serving = {0};
    long[] exited = {0};
    await(
        "other generation after HUP to " + old,
        () -> {
          long now = System.nanoTime();
          serving[0] = serving[0] == 0 && isAnother(readPid(), old) ? now : serving[0];
          exited[0] = exited[0] == 0 && ProcessFacts.hasEnded(old) ? now : exited[0];
          boolean ended = exited[0] != 0 && serving[0] == 0;
          return serving[0] != 0 && exited[0] != 0 || ended && alive() == 0;
        });
    if (serving[0] == 0) {
      throw new NoReplacementException(old + " has ended upon HUP, and nothing has replaced it");
    }
    pid = readPid();
    return new Replacement(
        Duration.ofNanos(serving[0] - begin), Duration.ofNanos(exited[0] - begin));
  }

  private static boolean isAnother(long pid, long old) {
    return pid != 0 && pid != old;
  }

  private Replacement restart() throws IOException, NoReplacementException {
    long old = pid;
    long begin = System.nanoTime();
    signal("TERM", old);
    await("end of " + old + " after TERM", () -> ProcessFacts.hasEnded(old));
    Duration toExit = Duration.ofNanos(System.nanoTime() - begin);
    startOne();
    return new Replacement(Duration.ofNanos(System.nanoTime() - begin), toExit);
  }

  private void startOne() throws IOException, NoReplacementException {
    List<String> command = new ArrayList<>();
    command.add(options.java().toString());
    command.addAll(options.jvmOptions());
    command.add("-Djava.io.tmpdir=" + scratch);
    command.addAll(List.of("-jar", options.wallet().toAbsolutePath().toString()));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.to(Files.createFile(nextLog()).toFile()));
    builder.environment().put(MARK, mark);
    builder.environment().put("SRUN_UPGRADE", "on");
    builder.environment().put("SRUN_PID_FILE", pidFile.toString());
    builder.environment().put("SRUN_ADMIN_ADDRESS", "127.0.0.1:0");
    builder.environment().put("WALLET_ADDRESS", "127.0.0.1:" + address.getPort());
    builder.environment().put("WALLET_DATA", directory.resolve("wallet.db").toString());
    Process process = builder.start();
    pid = process.pid();
    await("start of the wallet", () -> !process.isAlive() || isUp());
    Matcher found = API.matcher(log());
    if (!found.find()) {
      throw new NoReplacementException("the wallet did not start");
    }
    address = new InetSocketAddress(found.group(1), Integer.parseInt(found.group(2)));
  }

  private Path nextLog() throws IOException {
    if (Files.exists(log)) {
      Files.move(log, directory.resolve("wallet-" + pid + ".log"));
    }
    return log;
  }

  private boolean isUp() {
    try {
      return log().contains(" wallet is up: ");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns what the PID file says; 0 if there is none. */
  private long readPid() {
    try {
      return Long.parseLong(Files.readString(pidFile).strip());
    } catch (IOException | NumberFormatException e) {
      return 0;
    }
  }

  private void signal(String name, long to) throws IOException {
    signals.write(name + " " + to + "\n");
    signals.flush();
  }

  private static void await(String what, BooleanSupplier fact) throws NoReplacementException {
    if (!isTrueWithin(LIMIT, fact)) {
      throw new NoReplacementException("no " + what + " within " + LIMIT);
    }
  }

  private static boolean isTrueWithin(Duration limit, BooleanSupplier fact) {
    long until = System.nanoTime() + limit.toNanos();
    while (!fact.getAsBoolean()) {
      if (System.nanoTime() - until > 0) {
        return false;
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
    return true;
  }

  /** Ends what there is with TERM, and with KILL what has not ended 10 s later. */
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(onInterrupt);
    } catch (IllegalStateException e) {
      return; // the hook does it
    }
    endAll();
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void endAll() {
    List<Long> all = ProcessFacts.withEnvironment(MARK + "=" + mark);
    all.forEach(each -> ProcessHandle.of(each).ifPresent(ProcessHandle::destroy));
    isTrueWithin(Duration.ofSeconds(10), () -> alive() == 0);
    // Again: one that was about to start may have come since.
    ProcessFacts.withEnvironment(MARK + "=" + mark)
        .forEach(each -> ProcessHandle.of(each).ifPresent(ProcessHandle::destroyForcibly));
    shell.destroyForcibly();
  }
}
