package dev.srun;

import java.util.List;
import java.util.Map;

/**
 * Whether there is telemetry, by the variables that OpenTelemetry documents.
 *
 * @param on false where the author does without it or {@code OTEL_SDK_DISABLED} is true
 * @param exports whether any of them asks for an export
 */
record TelemetrySettings(boolean on, boolean exports) {
  private static final List<String> ENDPOINTS =
      List.of(
          "OTEL_EXPORTER_OTLP_ENDPOINT",
          "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
          "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
          "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT");

  private static final List<String> EXPORTERS =
      List.of("OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER", "OTEL_LOGS_EXPORTER");

  /** Prometheus scrapes; nothing is sent to it. */
  private static final List<String> NO_EXPORT = List.of("", "none", "prometheus");

  static TelemetrySettings of(Config config, Map<String, String> environment) {
    boolean disabled =
        config.isWithoutTelemetry()
            || value(environment, "OTEL_SDK_DISABLED").equalsIgnoreCase("true");
    return new TelemetrySettings(!disabled, !disabled && exports(environment));
  }

  private static boolean exports(Map<String, String> environment) {
    for (String variable : ENDPOINTS) {
      if (!value(environment, variable).isEmpty()) {
        return true;
      }
    }
    for (String variable : EXPORTERS) {
      if (!NO_EXPORT.contains(value(environment, variable))) {
        return true;
      }
    }
    return false;
  }

  private static String value(Map<String, String> environment, String variable) {
    return environment.getOrDefault(variable, "").strip();
  }
}
