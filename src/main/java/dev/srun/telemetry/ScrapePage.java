package dev.srun.telemetry;

import dev.srun.telemetry.Telemetry.Scrape;
import io.opentelemetry.exporter.prometheus.PrometheusMetricReader;
import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** All metrics as Prometheus reads them: text 0.0.4, or OpenMetrics 1.0.0 for who asks for it. */
final class ScrapePage {
  private static final ExpositionFormatWriter TEXT = PrometheusTextFormatWriter.create();
  private static final ExpositionFormatWriter OPEN_METRICS = OpenMetricsTextFormatWriter.create();

  private final PrometheusMetricReader reader;

  ScrapePage(PrometheusMetricReader reader) {
    this.reader = reader;
  }

  Scrape scrape(String accept) throws IOException {
    ExpositionFormatWriter writer =
        accept.contains("application/openmetrics-text") ? OPEN_METRICS : TEXT;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    writer.write(bytes, reader.collect(), EscapingScheme.UNDERSCORE_ESCAPING);
    return new Scrape(writer.getContentType(), bytes.toString(StandardCharsets.UTF_8));
  }
}
