package dev.srun.admin;

import dev.srun.HealthStatus;
import dev.srun.RunnerStatus;
import dev.srun.ServiceHealth;
import dev.srun.ServiceStatus;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The health of a program for whoever reads it in a terminal. The first word is the status. */
final class StatusText {
  private StatusText() {}

  static String health(RunnerStatus status) {
    StringBuilder text = new StringBuilder(200 + 80 * status.services().size());
    text.append(status.health()).append("\n\n");
    text.append("HEALTH     STATE           SINCE  CHECKED          SERVICE\n");
    Map<String, String> explanations = status.explanations();
    for (ServiceStatus service : status.services()) {
      row(text, service, explanations.get(service.name()), status.at());
    }
    return text.toString();
  }

  private static void row(
      StringBuilder text, ServiceStatus service, @Nullable String explanation, Instant now) {
    ServiceHealth health = service.health();
    text.append(padded(health.status().toString(), 10)).append(' ');
    text.append(padded(service.state().toString(), 13)).append(' ');
    text.append(toTheRight(Age.since(health.since(), now), 7)).append("  ");
    text.append(padded(checked(health, now), 16)).append(' ');
    text.append(explanation == null ? service.name() : explanation);
    if (explanation == null && !health.reason().isEmpty()) {
      text.append(": ").append(health.reason());
      text.append(health.failures() > 1 ? " (" + health.failures() + " failures)" : "");
    }
    text.append(service.completed() ? " (run returned)" : "");
    text.append(
        health.critical() || health.status() == HealthStatus.HEALTHY ? "" : " (not critical)");
    text.append('\n');
  }

  private static String checked(ServiceHealth health, Instant now) {
    Instant at = health.checkedAt();
    if (at == null) {
      return "-";
    }
    return Age.since(at, now) + " ago" + (health.isStale(now) ? ", stale" : "");
  }

  private static String padded(String text, int width) {
    return text + missing(text, width);
  }

  private static String toTheRight(String text, int width) {
    return missing(text, width) + text;
  }

  private static String missing(String text, int width) {
    return " ".repeat(Math.max(0, width - text.length()));
  }
}
