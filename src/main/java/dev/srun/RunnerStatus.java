package dev.srun;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A program as it was at one moment. Each service's status is consistent in itself; two services
 * may have been read a moment apart.
 *
 * @param program the program's name
 * @param version the program's version, or null where nobody knows one: see {@link Config#version}
 * @param ready whether every service is RUNNING, none that is critical is UNHEALTHY, and no stop
 *     was asked for
 * @param live whether the program goes on: see {@link Runner#isLive}
 * @param health how well the program is as a whole: see {@link Runner#health()}
 * @param stopping why the program is stopping or has stopped, or null while it is not
 * @param stoppingSince when the stop was asked for, or null while it was not
 * @param outcome how well everything has gone so far: what is only found out at the very end, such
 *     as who is left behind, is not in it
 * @param generation 1 for a program that was started, and one more than its parent's for one that
 *     an upgrade has put in its parent's place
 * @param stragglers how often a service has outlived a limit so far, that of a check included
 * @param startedAt when the runner started
 * @param at the moment
 * @param services every service, in start order
 */
public record RunnerStatus(
    String program,
    @Nullable String version,
    boolean ready,
    boolean live,
    Health health,
    @Nullable Cause stopping,
    @Nullable Instant stoppingSince,
    Outcome outcome,
    int generation,
    long stragglers,
    Instant startedAt,
    Instant at,
    List<ServiceStatus> services) {
  /** How many services a reason names. */
  private static final int NAMED = 3;

  /** How many dependencies an explanation names. */
  private static final int LINKS = 8;

  /**
   * Tells why the program is not ready: it is starting and still waits for these, it is stopping,
   * or it is not well enough.
   *
   * @return one line; empty where it is ready
   */
  public String whyNotReady() {
    if (ready) {
      return "";
    }
    if (stopping != null) {
      return "stopping (" + stopping + ")";
    }
    String starting = whoStarts();
    if (!starting.isEmpty()) {
      return starting;
    }
    List<ServiceHealth> down = thosePreventingReadiness();
    Set<String> names = down.stream().map(ServiceHealth::service).collect(Collectors.toSet());
    String unwell =
        down.stream()
            .filter(one -> one.cause().stream().noneMatch(names::contains))
            .limit(NAMED)
            .map(HealthText::line)
            .collect(Collectors.joining("; "));
    return unwell.isEmpty() ? "starting" : unwell;
  }

  /** By a loop: this is what probes hear during a start, which streams would hold up. */
  private String whoStarts() {
    StringBuilder named = new StringBuilder();
    int begun = 0;
    for (ServiceStatus service : services) {
      if (service.state() != ServiceState.STOPPED && service.state() != ServiceState.RUNNING) {
        begun++;
        if (begun <= NAMED) {
          named.append(begun == 1 ? "starting: " : ", ").append(wait(service));
        }
      }
    }
    int more = begun - NAMED;
    return more > 0 ? named + " and " + more + " more" : named.toString();
  }

  private List<ServiceHealth> thosePreventingReadiness() {
    boolean isJudged =
        services.stream().anyMatch(service -> service.name().equals(Judge.OF_READINESS));
    return services.stream()
        .map(ServiceStatus::health)
        .filter(one -> one.status() == HealthStatus.UNHEALTHY)
        .filter(one -> isJudged ? one.service().equals(Judge.OF_READINESS) : one.critical())
        .toList();
  }

  private String wait(ServiceStatus service) {
    Duration time = Duration.between(service.since(), at);
    return service.name() + " " + service.state() + " for " + Durations.text(time);
  }

  /**
   * Explains the health of one service in a line: the chain of dependencies down to the root cause,
   * and what is known of that one. Such as {@code wallet-api DEGRADED <- ledger DEGRADED <-
   * database UNHEALTHY since 12:01:03, 14 failures, last error connection refused}.
   *
   * @param name the name under which it was registered
   * @return the line; the time is of the system's time zone
   * @throws NoSuchElementException if there is no service of that name
   */
  public String explain(String name) {
    return explanation(service(name).health(), each -> service(each).health());
  }

  /**
   * Explains the health of every service for which another is to blame, as {@link #explain} does.
   * One look at each, however many there are.
   *
   * @return the lines by the names of the services; none for a service that is well or a root cause
   */
  public Map<String, String> explanations() {
    Map<String, ServiceHealth> byName = new HashMap<>();
    services.forEach(service -> byName.put(service.name(), service.health()));
    Map<String, String> explanations = new HashMap<>();
    for (ServiceHealth health : byName.values()) {
      if (!health.cause().isEmpty()) {
        explanations.put(health.service(), explanation(health, byName::get));
      }
    }
    return explanations;
  }

  /** The chain, without its middle where it is very long. */
  private String explanation(ServiceHealth first, Function<String, ServiceHealth> of) {
    List<String> cause = first.cause();
    int left = Math.max(0, cause.size() - LINKS);
    List<ServiceHealth> chain = new ArrayList<>();
    chain.add(first);
    if (!cause.isEmpty()) {
      cause.subList(0, cause.size() - left - 1).stream().map(of).forEach(chain::add);
      chain.add(of.apply(cause.getLast()));
    }
    return HealthText.explanation(chain, left, at, ZoneId.systemDefault());
  }

  /**
   * Returns the status of one service.
   *
   * @param name the name under which it was registered
   * @return its status
   * @throws NoSuchElementException if there is no service of that name
   */
  public ServiceStatus service(String name) {
    return services.stream()
        .filter(service -> service.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new NoSuchElementException("no service " + Quoted.of(name)));
  }
}
