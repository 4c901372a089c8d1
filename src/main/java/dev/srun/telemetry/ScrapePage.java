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
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * All metrics as Prometheus reads them: text 0.0.4, or OpenMetrics 1.0.0 for who asks for it. The
 * scope's name is a label, since two services may choose the same name for a metric: without it one
 * sample would be there twice, and Prometheus would refuse them all.
 */
final class ScrapePage {
  private static final ExpositionFormatWriter TEXT = PrometheusTextFormatWriter.create();
  private static final ExpositionFormatWriter OPEN_METRICS = OpenMetricsTextFormatWriter.create();

  private static final Set<String> VERSIONS = Set.of("version=1.0.0", "version=\"1.0.0\"");
  private static final Pattern WEIGHT = Pattern.compile("q=(0(\\.\\d{0,3})?|1(\\.0{0,3})?)");

  private final PrometheusMetricReader reader;

  ScrapePage(PrometheusMetricReader reader) {
    this.reader = reader;
  }

  Scrape scrape(String accept) throws IOException {
    ExpositionFormatWriter writer = prefersOpenMetrics(accept) ? OPEN_METRICS : TEXT;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    writer.write(bytes, reader.collect(), EscapingScheme.UNDERSCORE_ESCAPING);
    return new Scrape(writer.getContentType(), bytes.toString(StandardCharsets.UTF_8));
  }

  /** Only who names the version that is written here gets it; all others can read text. */
  private static boolean prefersOpenMetrics(String accept) {
    double openMetrics = 0;
    double text = 0;
    for (String range : accept.toLowerCase(Locale.ROOT).split(",", -1)) {
      List<String> parts = Arrays.stream(range.split(";", -1)).map(String::strip).toList();
      boolean known =
          parts.stream().noneMatch(each -> each.startsWith("version=") && !VERSIONS.contains(each));
      if (parts.getFirst().equals("application/openmetrics-text") && known) {
        openMetrics = Math.max(openMetrics, weight(parts));
      } else if (parts.getFirst().equals("text/plain")) {
        text = Math.max(text, weight(parts));
      }
    }
    return openMetrics > 0 && openMetrics >= text;
  }

  private static double weight(List<String> parts) {
    return parts.stream()
        .filter(each -> each.startsWith("q="))
        .findFirst()
        .map(each -> WEIGHT.matcher(each).matches() ? Double.parseDouble(each.substring(2)) : 0)
        .orElse(1.0);
  }
}
