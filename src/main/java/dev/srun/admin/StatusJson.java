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
  private StatusJson() {}

  /** How well each service is. */
  static Map<String, @Nullable Object> health(RunnerStatus status) {
    return Json.object(
        "program", status.program(),
        "status", status.health().status(),
        "reason", status.health().reason(),
        "ready", status.ready(),
        "live", status.live(),
        "at", status.at(),
        "services",
            status.services().stream()
                .map(service ->
                    join(
                        Json.object("name", service.name(), "state", service.state()),
                        health(service, status)))
                .toList());
  }

  /** All there is to know of each service. */
  static Map<String, @Nullable Object> services(RunnerStatus status) {
    return Json.object(
        "program", status.program(),
        "generation", status.generation(),
        "pid", ProcessHandle.current().pid(),
        "started_at", status.startedAt(),
        "at", status.at(),
        "ready", status.ready(),
        "live", status.live(),
        "health", status.health().status(),
        "reason", status.health().reason(),
        "stopping", status.stopping() == null ? null : status.stopping().toString(),
        "services", status.services().stream().map(service -> service(service, status)).toList());
  }

  private static Map<String, @Nullable Object> service(ServiceStatus service, RunnerStatus status) {
    return Json.object(
        "name", service.name(),
        "state", service.state(),
        "since", service.since(),
        "age_seconds", age(service.since(), status.at()),
        "completed", service.completed(),
        "depends_on", service.dependsOn(),
        "facts", service.facts(),
        "phases", service.phases().stream().map(phase -> phase(phase, status.at())).toList(),
        "health", health(service, status));
  }

  private static Map<String, @Nullable Object> phase(PhaseTime phase, Instant now) {
    Duration took = phase.took();
    return Json.object(
        "phase",
        phase.phase(),
        "since",
        phase.since(),
        "seconds",
        took == null ? age(phase.since(), now) : took,
        "ended",
        took != null);
  }

  private static Map<String, @Nullable Object> health(ServiceStatus service, RunnerStatus status) {
    ServiceHealth health = service.health();
    Instant now = status.at();
    Instant checkedAt = health.checkedAt();
    return Json.object(
        "status", health.status(),
        "reason", health.reason(),
        "since", health.since(),
        "age_seconds", age(health.since(), now),
        "critical", health.critical(),
        "own", health.own().status(),
        "source", health.source(),
        "root_cause", health.cause().isEmpty() ? null : health.cause().getLast(),
        "explanation", health.cause().isEmpty() ? null : status.explain(service.name()),
        "failures", health.failures(),
        "checked_at", checkedAt,
        "check_age_seconds", checkedAt == null ? null : age(checkedAt, now),
        "check_seconds", health.checkTook(),
        "stale", health.isStale(now));
  }

  private static Duration age(Instant since, Instant now) {
    Duration age = Duration.between(since, now);
    return age.isNegative() ? Duration.ZERO : age;
  }

  private static Map<String, @Nullable Object> join(
      Map<String, @Nullable Object> one, Map<String, @Nullable Object> other) {
    one.putAll(other);
    return one;
  }
}
