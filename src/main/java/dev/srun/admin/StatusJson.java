package dev.srun.admin;

import dev.srun.PhaseTime;
import dev.srun.RunnerStatus;
import dev.srun.ServiceHealth;
import dev.srun.ServiceStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The state of a program for machines. Names of durations end in their unit. */
final class StatusJson {
  private final RunnerStatus status;
  private final Instant now;
  private final Map<String, String> explanations;

  StatusJson(RunnerStatus status) {
    this.status = status;
    this.now = status.at();
    this.explanations = status.explanations();
  }

  /** How well each service is. */
  Map<String, @Nullable Object> health() {
    return Json.object(
        "program", status.program(),
        "status", status.health().status(),
        "reason", status.health().reason(),
        "ready", status.ready(),
        "live", status.live(),
        "at", now,
        "services",
            status.services().stream()
                .map(service ->
                    join(
                        Json.object("name", service.name(), "state", service.state()),
                        health(service)))
                .toList());
  }

  /** All there is to know of each service. */
  Map<String, @Nullable Object> services() {
    return Json.object(
        "program", status.program(),
        "version", status.version(),
        "generation", status.generation(),
        "pid", ProcessHandle.current().pid(),
        "started_at", status.startedAt(),
        "at", now,
        "ready", status.ready(),
        "live", status.live(),
        "health", status.health().status(),
        "reason", status.health().reason(),
        "stopping", status.stopping() == null ? null : status.stopping().toString(),
        "services", status.services().stream().map(this::service).toList());
  }

  private Map<String, @Nullable Object> service(ServiceStatus service) {
    return Json.object(
        "name", service.name(),
        "state", service.state(),
        "since", service.since(),
        "age_seconds", age(service.since()),
        "completed", service.completed(),
        "depends_on", service.dependsOn(),
        "facts", service.facts(),
        "phases", service.phases().stream().map(this::phase).toList(),
        "health", health(service));
  }

  private Map<String, @Nullable Object> phase(PhaseTime phase) {
    return Json.object(
        "phase",
        phase.phase(),
        "since",
        phase.since(),
        "seconds",
        phase.tookUntil(now),
        "ended",
        phase.took() != null);
  }

  private Map<String, @Nullable Object> health(ServiceStatus service) {
    ServiceHealth health = service.health();
    Instant checkedAt = health.checkedAt();
    return Json.object(
        "status", health.status(),
        "reason", health.reason(),
        "since", health.since(),
        "age_seconds", age(health.since()),
        "critical", health.critical(),
        "own", health.own().status(),
        "source", health.source(),
        "root_cause", health.cause().isEmpty() ? null : health.cause().getLast(),
        "explanation", explanations.get(service.name()),
        "failures", health.failures(),
        "checked_at", checkedAt,
        "check_age_seconds", checkedAt == null ? null : age(checkedAt),
        "check_seconds", health.checkTook(),
        "stale", health.isStale(now));
  }

  private Duration age(Instant since) {
    Duration age = Duration.between(since, now);
    return age.isNegative() ? Duration.ZERO : age;
  }

  private static Map<String, @Nullable Object> join(
      Map<String, @Nullable Object> one, Map<String, @Nullable Object> other) {
    one.putAll(other);
    return one;
  }
}
