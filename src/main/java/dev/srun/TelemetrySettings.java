package dev.srun;

import java.util.Map;

/**
 * Whether there is telemetry, by the variables that OpenTelemetry documents.
 *
 * @param on false where the author does without it or {@code OTEL_SDK_DISABLED} is true
 * @param exports whether any of them asks for an export
 */
record TelemetrySettings(boolean on, boolean exports) {

  static TelemetrySettings of(Config config, Map<String, String> environment) {
    boolean disabled =
        config.isWithoutTelemetry()
            || environment.getOrDefault("OTEL_SDK_DISABLED", "").strip().equalsIgnoreCase("true");
    boolean exports =
        environment.entrySet().stream().anyMatch(entry -> asks(entry.getKey(), entry.getValue()));
    return new TelemetrySettings(!disabled, !disabled && exports);
  }

  private static boolean asks(String variable, String value) {
    String wanted = value.strip();
    if (variable.matches("OTEL_EXPORTER_OTLP_((TRACES|METRICS|LOGS)_)?ENDPOINT")) {
      return !wanted.isEmpty();
    }
    return variable.matches("OTEL_(TRACES|METRICS|LOGS)_EXPORTER")
        && !wanted.isEmpty()
        && !wanted.equals("none")
        && !wanted.equals("prometheus");
  }
}
