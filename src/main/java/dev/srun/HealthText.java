package dev.srun;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** How health reads. */
final class HealthText {
  /** How many of those that are affected are named. */
  private static final int NAMED = 10;

  private static final String CAUSED_BY = " <- ";

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);

  private static final DateTimeFormatter DAY_AND_TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);

  private HealthText() {}

  static String line(ServiceHealth health) {
    String between = health.cause().isEmpty() ? ": " : CAUSED_BY;
    return link(health) + (health.reason().isEmpty() ? "" : between + health.reason());
  }

  private static String link(ServiceHealth health) {
    return health.service() + " " + health.status();
  }

  /** What has become of a service, and of those that depend on it. */
  static String news(ServiceHealth before, ServiceHealth now, List<ServiceHealth> affected) {
    if (before.status() == now.status()) {
      return "still " + now.status() + reason(now);
    }
    Duration time = Duration.between(before.since(), now.since());
    String past =
        " (was " + before.status() + " for " + Durations.text(time) + reason(before) + ")";
    return now.status() + reason(now) + past + others(affected);
  }

  private static String reason(ServiceHealth health) {
    return health.reason().isEmpty() ? "" : ": " + health.reason();
  }

  private static String others(List<ServiceHealth> affected) {
    if (affected.isEmpty()) {
      return "";
    }
    String named =
        affected.stream().limit(NAMED).map(HealthText::link).collect(Collectors.joining(", "));
    int more = affected.size() - NAMED;
    return "; so " + named + (more > 0 ? " and " + more + " more" : "");
  }

  /**
   * The chain from a service to the root cause, with all that is known of that one now: {@code
   * wallet-api DEGRADED <- ledger DEGRADED <- database UNHEALTHY since 12:01:03, 14 failures, last
   * error ...}.
   *
   * @param left how many links before the root cause are left out
   */
  static String explanation(List<ServiceHealth> chain, int left, Instant now, ZoneId zone) {
    List<String> links = new ArrayList<>();
    for (ServiceHealth each : chain.subList(0, chain.size() - 1)) {
      links.add(link(each));
    }
    if (left > 0) {
      links.add(left + " more");
    }
    links.add(root(chain.getLast(), now, zone));
    return String.join(CAUSED_BY, links);
  }

  private static String root(ServiceHealth root, Instant now, ZoneId zone) {
    StringBuilder text = new StringBuilder();
    text.append(link(root)).append(" since ").append(time(root.since(), now, zone));
    if (root.failures() > 1) {
      text.append(", ").append(root.failures()).append(" failures");
    }
    if (root.isStale(now)) {
      text.append(", stale");
    }
    if (!root.reason().isEmpty()) {
      text.append(root.failures() > 1 ? ", last error " : ": ").append(root.reason());
    }
    return text.toString();
  }

  /** The time of day, with the day where that is not the same. */
  private static String time(Instant at, Instant now, ZoneId zone) {
    var then = at.atZone(zone);
    boolean today = then.toLocalDate().equals(now.atZone(zone).toLocalDate());
    return then.format(today ? TIME : DAY_AND_TIME);
  }
}
