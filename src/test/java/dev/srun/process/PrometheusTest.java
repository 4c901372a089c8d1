package dev.srun.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the real Prometheus makes of a program. */
@Tag("slow")
final class PrometheusTest {
  @TempDir private Path directory;

  /** As it is by default, and as it offers protobuf before the text formats. */
  @ParameterizedTest
  @ValueSource(strings = {"exemplar-storage", "native-histograms"})
  void itScrapesAProgramUntilThatIsGone(String feature) throws Exception {
    Path binary = Monitor.program("prometheus");
    try (var shop = ProgramUnderTest.of(Shop.class).withAdmin().start()) {
      int port = shop.awaitListener("admin").port();
      shop.awaitUp();
      try (Monitor prometheus = prometheus(binary, feature, port)) {
        await().atMost(Monitor.PATIENCE).until(() -> prometheus.value("up").equals(List.of("1")));

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
        await().atMost(Monitor.PATIENCE).until(() -> prometheus.value("up").equals(List.of("0")));
      }
    }
  }

  @Test
  void promtoolComplainsAboutNothingOfOurs() throws Exception {
    Path promtool = Monitor.program("promtool");
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

  private Monitor prometheus(Path binary, String feature, int target) throws IOException {
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
    int port = Monitor.freePort();
    return Monitor.start(
        port,
        directory,
        binary.toString(),
        "--config.file=" + config,
        "--storage.tsdb.path=" + directory.resolve("data"),
        "--enable-feature=" + feature,
        "--web.listen-address=127.0.0.1:" + port);
  }
}
