package dev.srun.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the real Prometheus makes of a program. */
@Tag("slow")
final class PrometheusTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Pattern VALUE = Pattern.compile("\"value\":\\[[^,]+,\"([^\"]+)\"]");

  @TempDir private Path directory;

  /** The program of that name from the directory that build.sh tells; without it, no test. */
  private static Path monitor(String name) {
    String monitors = System.getenv("SRUN_TEST_MONITORS");
    assumeTrue(
        monitors != null && !monitors.isBlank(),
        () -> "not tested: there is no " + name + " here (tools/monitors.sh says why)");
    return Path.of(monitors, name);
  }

  /** As it is by default, and as it offers protobuf before the text formats. */
  @ParameterizedTest
  @ValueSource(strings = {"exemplar-storage", "native-histograms"})
  void itScrapesAProgramUntilThatIsGone(String feature) throws Exception {
    Path binary = monitor("prometheus");
    try (var shop = ProgramUnderTest.of(Shop.class).withAdmin().start()) {
      int port = shop.awaitListener("admin").port();
      shop.awaitUp();
      try (Prometheus prometheus = new Prometheus(binary, directory, feature, port)) {
        await().atMost(PATIENCE).until(() -> prometheus.value("up").equals(List.of("1")));

        assertEquals(
            List.of("4"), prometheus.value("srun_service_state{srun_service_name=\"orders\"}"));
        assertEquals(
            List.of("3"), prometheus.value("shop_items_total{otel_scope_name=\"shop.returns\"}"));
        assertEquals(
            List.of("2"), prometheus.value("srun_check_duration_seconds_bucket{le=\"+Inf\"}"));
        assertEquals(
            List.of("1"),
            prometheus.value("count(srun_ready * on(job, instance) group_left target_info)"));
        shop.signal("TERM");
        shop.assertExit(0);
        await().atMost(PATIENCE).until(() -> prometheus.value("up").equals(List.of("0")));
      }
    }
  }

  @Test
  void promtoolComplainsAboutNothingOfOurs() throws Exception {
    Path promtool = monitor("promtool");
    Path metrics = directory.resolve("metrics");
    try (var shop = ProgramUnderTest.of(Shop.class).withAdmin().start()) {
      ListenerUnderTest admin = shop.awaitListener("admin");
      shop.awaitUp();
      Files.writeString(metrics, admin.get("/metrics").body());
    }
    Process check =
        new ProcessBuilder(promtool.toString(), "check", "metrics")
            .redirectInput(metrics.toFile())
            .redirectErrorStream(true)
            .start();
    String suffix = " non-histogram and non-summary metrics should not have \"_count\" suffix";

    // Names of the semantic conventions for the JVM, and what the exporter adds.
    assertEquals(
        Set.of(
            "jvm_class_count" + suffix,
            "jvm_cpu_count" + suffix,
            "jvm_thread_count" + suffix,
            "target_info no help text"),
        new TreeSet<>(check.inputReader(StandardCharsets.UTF_8).lines().toList()));
  }

  /** Scrapes one program, and answers for what it knows. */
  private static final class Prometheus implements AutoCloseable {
    private final HttpClient client = HttpClient.newHttpClient();
    private final Process process;
    private final int port;

    Prometheus(Path binary, Path directory, String feature, int target) throws IOException {
      Path config =
          Files.writeString(
              directory.resolve("prometheus.yml"),
              """
              scrape_configs:
                - job_name: shop
                  scrape_interval: 200ms
                  scrape_timeout: 200ms
                  static_configs: [{targets: ["127.0.0.1:%d"]}]
              """
                  .formatted(target));
      port = freePort();
      process =
          new ProcessBuilder(
                  binary.toString(),
                  "--config.file=" + config,
                  "--storage.tsdb.path=" + directory.resolve("data"),
                  "--enable-feature=" + feature,
                  "--web.listen-address=127.0.0.1:" + port)
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("log").toFile())
              .start();
    }

    private static int freePort() throws IOException {
      try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        return free.getLocalPort();
      }
    }

    /** The values that the query has now; none as long as it is not up. */
    List<String> value(String query) throws InterruptedException {
      String encoded = URLEncoder.encode(query, StandardCharsets.UTF_8);
      String url = "http://127.0.0.1:" + port + "/api/v1/query?query=" + encoded;
      try {
        String json =
            client
                .send(
                    HttpRequest.newBuilder(URI.create(url)).timeout(PATIENCE).build(),
                    BodyHandlers.ofString())
                .body();
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
}
