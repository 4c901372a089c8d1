package dev.srun.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.srun.Context;
import dev.srun.Service;
import dev.srun.Srun;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.LongCounter;
import io.opentelemetry.api.metrics.MeterProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a real database of metrics knows of a program that exports them by OTLP. */
@Tag("slow")
final class VictoriaMetricsTest {
  private static final String EVERY_200_MS = "200";
  private static final String NEVER = "3600000";

  @TempDir private Path directory;

  /** Sells three things when it opens, and four more when it closes. */
  static final class Shop implements Service {
    private static final Attributes TEA = Attributes.of(AttributeKey.stringKey("kind"), "tea");
    private LongCounter sold = MeterProvider.noop().get("").counterBuilder("sold").build();

    public static void main(String[] args) {
      Srun.runOrExit("shop", app -> app.service("till", new Shop()));
    }

    @Override
    public void run(Context ctx) {
      sold = ctx.meter().counterBuilder("shop.items").setUnit("{item}").build();
      sold.add(3, TEA);
    }

    @Override
    public void stop(Context ctx) {
      sold.add(4, TEA);
    }
  }

  private Monitor victoria(Path binary) throws IOException {
    int port = Monitor.freePort();
    return Monitor.start(
        port,
        directory,
        binary.toString(),
        "-httpListenAddr=127.0.0.1:" + port,
        "-storageDataPath=" + directory.resolve("data"),
        "-search.latencyOffset=0s",
        "-opentelemetry.usePrometheusNaming");
  }

  /** Starts it when what it exports is taken. */
  private static ProgramUnderTest shop(Monitor victoria, String interval) throws IOException {
    await().atMost(Monitor.PATIENCE).until(() -> victoria.value("1").equals(List.of("1")));
    String endpoint = victoria.resolve("/opentelemetry/v1/metrics").toString();
    return ProgramUnderTest.of(Shop.class)
        .env("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", endpoint)
        .env("OTEL_METRIC_EXPORT_INTERVAL", interval)
        .start();
  }

  /** Soon: a query is asked as of the last full second. */
  private static void assertKnows(Monitor victoria, String query, String value) {
    await()
        .atMost(Monitor.PATIENCE)
        .untilAsserted(() -> {
          victoria.get("/internal/force_flush"); // what it has got is found from now on
          assertEquals(List.of(value), victoria.value(query), query);
        });
  }

  @Test
  void itKnowsARunningProgramByTheNamesThatPrometheusHas() throws Exception {
    try (Monitor victoria = victoria(Monitor.program("victoria-metrics"));
        ProgramUnderTest shop = shop(victoria, EVERY_200_MS)) {
      shop.awaitUp();

      assertKnows(victoria, "srun_service_state{srun_service_name=\"till\"}", "4");
      assertKnows(victoria, "srun_ready{service_name=\"shop\"}", "1");
      assertKnows(victoria, "shop_items_total{kind=\"tea\"}", "3");
    }
  }

  @Test
  void itKnowsTheLastValuesOfAProgramThatHasEnded() throws Exception {
    try (Monitor victoria = victoria(Monitor.program("victoria-metrics"));
        ProgramUnderTest shop = shop(victoria, NEVER)) {
      shop.awaitUp();
      shop.signal("TERM");
      shop.assertExit(0);
      shop.assertNotLogged("not exported");

      assertKnows(victoria, "srun_service_state{srun_service_name=\"till\"}", "0");
      assertKnows(victoria, "srun_ready{service_name=\"shop\"}", "0");
      assertKnows(victoria, "shop_items_total{kind=\"tea\"}", "7");
    }
  }
}
