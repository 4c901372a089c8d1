package dev.srun.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.telemetry.Telemetry.Scrape;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.LongCounter;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.prometheus.PrometheusMetricReader;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who scrapes gets what it can read, whatever it says that it can. */
final class ScrapePageTest {
  private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
  private static final String OPEN_METRICS =
      "application/openmetrics-text; version=1.0.0; charset=utf-8";
  private static final PrometheusMetricReader READER = PrometheusMetricReader.create();
  private static final ScrapePage PAGE = new ScrapePage(READER);
  private static final SdkMeterProvider METERS =
      SdkMeterProvider.builder().registerMetricReader(READER).build();

  @BeforeAll
  static void count() {
    METERS.get("shop").counterBuilder("orders").setDescription("Orders.").build().add(2);
  }

  @AfterAll
  static void close() {
    METERS.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "*/*",
        "text/*",
        "text/plain",
        "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "application/openmetrics-text;q=0",
        "application/openmetrics-text;q=0.000, */*",
        "application/openmetrics-text;q=0.2,text/plain;q=0.9",
        "application/openmetrics-text;version=2.0.0",
        "application/openmetrics-text;q=much",
        "application/openmetrics-text;q=NaN",
        "application/openmetrics-text;q=-1",
        "application/openmetrics-textual",
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
        ",;,=;;q=,\u0000/%",
      })
  void textIsForEverybody(String accept) throws IOException {
    Scrape scrape = PAGE.scrape(accept);

    assertEquals(TEXT, scrape.contentType());
    assertTrue(scrape.text().contains("\norders_total{otel_scope_name=\"shop\"} 2.0\n"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/openmetrics-text",
        "Application/OpenMetrics-Text; Version=1.0.0",
        "application/openmetrics-text;version=\"1.0.0\";charset=utf-8",
        "text/plain;q=0.5,application/openmetrics-text;q=0.5",
        // Prometheus 2, and what it says when it takes native histograms; Prometheus 3
        "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1"
            + ";q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
            + ";q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,"
            + "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,"
            + "*/*;q=0.2",
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
            + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,*/*;q=0.1",
      })
  void openMetricsIsForWhoPrefersIt(String accept) throws IOException {
    Scrape scrape = PAGE.scrape(accept);

    assertEquals(OPEN_METRICS, scrape.contentType());
    assertTrue(scrape.text().endsWith("\n# EOF\n"), scrape::text);
  }

  /** Two services may have chosen the same name. */
  @Test
  void theScopeTellsSameNamesApart() throws IOException {
    METERS.get("returns").counterBuilder("orders").setDescription("Orders.").build().add(1);
    String text = PAGE.scrape("").text();

    assertTrue(text.contains("\norders_total{otel_scope_name=\"shop\"} 2.0\n"), text);
    assertTrue(text.contains("\norders_total{otel_scope_name=\"returns\"} 1.0\n"), text);
  }

  /** Until the next scrape, for the SDK keeps it no longer. */
  @Test
  void openMetricsNamesTheTraceInWhichItWasCounted() throws IOException {
    LongCounter counter =
        METERS.get("traced").counterBuilder("visits").setDescription("Visits.").build();
    try (SdkTracerProvider tracers = SdkTracerProvider.builder().build()) {
      Span span = tracers.get("traced").spanBuilder("visit").startSpan();
      counter.add(1, Attributes.empty(), span.storeInContext(Context.root()));
      span.end();
      String text = PAGE.scrape("application/openmetrics-text").text();
      String trace = "trace_id=\"" + span.getSpanContext().getTraceId() + "\"";

      assertTrue(
          text.lines().anyMatch(line -> line.startsWith("visits_total") && line.contains(trace)),
          text);
    }
  }
}
