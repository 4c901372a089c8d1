package dev.srun;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The health of one service at one moment: what it says of itself, combined with how well the
 * services are that it depends on.
 *
 * @param service its name
 * @param status how well it is, dependencies included
 * @param reason why, in one line: its own, or the chain of dependencies that leads to the root
 *     cause
 * @param since when it came to have this status; another reason alone does not move it
 * @param own what the service says of itself
 * @param source where that comes from
 * @param cause the names from the dependency that explains the status to the root cause; empty
 *     where the service is well, or is a root cause itself
 * @param critical whether the program is not ready while it is UNHEALTHY
 * @param checkedAt when its check has last ended; null before, and where it has none
 * @param checkTook how long that took; null as {@code checkedAt}
 * @param staleFrom when the answer of its check is too old to be believed; null as {@code
 *     checkedAt}
 * @param failures how many checks in a row have failed
 * @param change the number of this change among those of the service; checks that change nothing
 *     else do not count
 */
public record ServiceHealth(
    String service,
    HealthStatus status,
    String reason,
    Instant since,
    Health own,
    HealthSource source,
    List<String> cause,
    boolean critical,
    @Nullable Instant checkedAt,
    @Nullable Duration checkTook,
    @Nullable Instant staleFrom,
    int failures,
    long change) {

  /** Copies the names. */
  public ServiceHealth {
    cause = List.copyOf(cause);
  }

  /**
   * Returns whether the last answer of the service's check is too old to be believed.
   *
   * @param now the moment to judge by
   * @return false for a service that is not checked, or that does not run
   */
  public boolean isStale(Instant now) {
    return status != HealthStatus.STOPPED && staleFrom != null && now.isAfter(staleFrom);
  }

  /**
   * Returns whether the service is what is wrong, as far as it can be known: it is not well, and no
   * service it depends on explains that.
   *
   * @return true for one service in each chain that fails
   */
  public boolean isRootCause() {
    boolean ill = status == HealthStatus.UNHEALTHY || status == HealthStatus.DEGRADED;
    return ill && cause.isEmpty();
  }

  /** Whether a listener would be told nothing new by that. */
  boolean says(CombinedHealth other) {
    return status == other.health().status()
        && reason.equals(other.health().reason())
        && cause.equals(other.cause());
  }

  /** Returns name, status and reason in one line. */
  @Override
  public String toString() {
    return HealthText.line(this);
  }
}
