package dev.srun.process;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A real program that watches others, on a port of its own, and answers for what it knows in
 * Prometheus' query language.
 */
final class Monitor implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Pattern VALUE = Pattern.compile("\"value\":\\[[^,]+,\"([^\"]+)\"]");

  private final HttpClient client = HttpClient.newHttpClient();
  private final Process process;
  private final int port;

  private Monitor(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /** The program of that name from the directory that build.sh tells; without it, no test. */
  static Path program(String name) {
    String monitors = System.getenv("SRUN_TEST_MONITORS");
    assumeTrue(
        monitors != null && !monitors.isBlank(),
        () -> "not tested: there is no " + name + " here (tools/monitors.sh says why)");
    return Path.of(monitors, name);
  }

  static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  /** Starts a command that listens on the port, and logs into the directory. */
  static Monitor start(int port, Path directory, String... command) throws IOException {
    return new Monitor(
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start(),
        port);
  }

  URI resolve(String path) {
    return URI.create("http://127.0.0.1:" + port).resolve(path);
  }

  String get(String path) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(resolve(path)).timeout(PATIENCE).build();
    return client.send(request, BodyHandlers.ofString()).body();
  }

  /** The values that the query has now; none as long as it is not up. */
  List<String> value(String query) throws InterruptedException {
    try {
      String json = get("/api/v1/query?query=" + URLEncoder.encode(query, StandardCharsets.UTF_8));
      return VALUE.matcher(json).results().map(result -> result.group(1)).toList();
    } catch (IOException notUp) {
      return List.of();
    }
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
    client.close();
  }
}
