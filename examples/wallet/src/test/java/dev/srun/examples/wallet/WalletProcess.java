package dev.srun.examples.wallet;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The wallet as its users run it: in a JVM of its own, the same as this one. */
final class WalletProcess implements AutoCloseable {
  private static final Pattern API = Pattern.compile("\\bapi=(http://[^\\s\"]+)");
  private static final Pattern ADMIN = Pattern.compile("\\badmin=(http://[^\\s,]+)");

  private final Process process;
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final CompletableFuture<Optional<URI>> api = new CompletableFuture<>();
  private final CompletableFuture<String> log = new CompletableFuture<>();

  private WalletProcess(Process process) {
    this.process = process;
    Thread.ofVirtual().start(this::readLog);
  }

  static WalletProcess start(Map<String, String> environment) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    if (previewIsOn()) {
      command.add("--enable-preview");
    }
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-Dorg.sqlite.tmpdir=target"); // a JVM that is killed leaves the driver's library
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(Wallet.class.getName());
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    return new WalletProcess(builder.redirectOutput(ProcessBuilder.Redirect.DISCARD).start());
  }

  static boolean previewIsOn() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().contains("--enable-preview");
  }

  private void readLog() {
    try (BufferedReader stderr = process.errorReader()) {
      for (String line = stderr.readLine(); line != null; line = stderr.readLine()) {
        lines.add(line);
        Matcher found = API.matcher(line);
        if (found.find()) {
          api.complete(Optional.of(URI.create(found.group(1))));
        }
      }
    } catch (IOException e) {
      lines.add(e.toString());
    }
    api.complete(Optional.empty());
    log.complete(String.join("\n", lines));
  }

  /** Waits until it answers. */
  URI awaitApi() throws Exception {
    return api.get(30, TimeUnit.SECONDS)
        .orElseThrow(() -> new AssertionError("the wallet did not start:\n" + log.join()));
  }

  /** Waits until the log says where its admin server is. */
  URI awaitAdmin() {
    return await()
        .until(
            () ->
                lines.stream()
                    .map(ADMIN::matcher)
                    .filter(Matcher::find)
                    .map(found -> URI.create(found.group(1)))
                    .findFirst(),
            Optional::isPresent)
        .orElseThrow();
  }

  /** Waits until there is a line with that in its log. */
  void awaitLine(String part, Duration limit) {
    await()
        .atMost(limit)
        .untilAsserted(() ->
            assertTrue(
                lines.stream().anyMatch(line -> line.contains(part)),
                () -> "no '" + part + "' in\n" + String.join("\n", lines)));
  }

  /** Sends TERM; {@link Process#destroy} would close the pipes, too, and what it says were lost. */
  void terminate() {
    process.toHandle().destroy();
  }

  /** Sends HUP. */
  void upgrade() throws IOException, InterruptedException {
    String pid = String.valueOf(process.pid());
    assertEquals(0, new ProcessBuilder("kill", "-HUP", pid).inheritIO().start().waitFor());
  }

  /** Sends KILL. */
  void kill() {
    process.destroyForcibly();
  }

  /** Waits for its end; what it wrote is in the log then. */
  int awaitExit() throws InterruptedException {
    if (!process.waitFor(15, TimeUnit.SECONDS)) {
      throw new AssertionError("the wallet is still there after 15 s");
    }
    return process.exitValue();
  }

  String log() {
    return log.join();
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
