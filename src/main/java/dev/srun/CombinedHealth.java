package dev.srun;

import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What comes of a service's own health and that of the services it depends on.
 *
 * @param health the combination
 * @param cause the names from the dependency that explains it to the root cause; empty if there is
 *     nothing to explain, or nothing that explains it
 */
record CombinedHealth(Health health, List<String> cause) {

  /** Of a service that does not run. */
  static final CombinedHealth STOPPED = new CombinedHealth(Health.STOPPED, List.of());

  /** Of a service that runs, and of which there is nothing else to say. */
  static final CombinedHealth HEALTHY = new CombinedHealth(Health.healthy(), List.of());

  /**
   * Whether there is nothing else to say than of that one, of which there is nothing to explain.
   */
  boolean isJust(CombinedHealth plain) {
    return health.equals(plain.health) && cause.isEmpty();
  }

  /** Of a service that depends on nothing. */
  static CombinedHealth of(Health own) {
    return own.equals(HEALTHY.health)
        ? HEALTHY
        : own.equals(STOPPED.health) ? STOPPED : new CombinedHealth(own, List.of());
  }

  /**
   * Combines. What is below makes a service DEGRADED at least, and one that cannot do without it
   * UNHEALTHY. A dependency explains what is not worse than it is itself; the worst one does, of
   * several equal ones the first that was registered.
   *
   * @param dependencies in the order of registration
   * @param required the names of those without which the service is UNHEALTHY itself
   */
  static CombinedHealth of(
      Health own, List<ServiceHealth> dependencies, Collection<String> required) {
    if (dependencies.isEmpty() || own.status() == HealthStatus.STOPPED) {
      return new CombinedHealth(own, List.of());
    }
    HealthStatus status = own.status();
    ServiceHealth worst = null;
    for (ServiceHealth each : dependencies) {
      status = status.worse(imposedBy(each, required));
      worst = worst == null || each.status().compareTo(worst.status()) < 0 ? each : worst;
    }
    return explains(worst, own)
        ? new CombinedHealth(new Health(status, HealthText.line(worst)), causes(worst))
        : new CombinedHealth(new Health(status, own.reason()), List.of());
  }

  private static HealthStatus imposedBy(ServiceHealth dependency, Collection<String> required) {
    return switch (dependency.status()) {
      case HEALTHY -> HealthStatus.HEALTHY;
      case DEGRADED -> HealthStatus.DEGRADED;
      case UNHEALTHY, STOPPED ->
          required.contains(dependency.service()) ? HealthStatus.UNHEALTHY : HealthStatus.DEGRADED;
    };
  }

  private static boolean explains(@Nullable ServiceHealth worst, Health own) {
    return worst != null
        && worst.status() != HealthStatus.HEALTHY
        && worst.status().compareTo(own.status()) <= 0;
  }

  private static List<String> causes(ServiceHealth worst) {
    return Stream.concat(Stream.of(worst.service()), worst.cause().stream()).toList();
  }
}
