package dev.srun;

import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * A program as it was at one moment. Each service's status is consistent in itself; two services
 * may have been read a moment apart.
 *
 * @param program the program's name
 * @param ready whether every service is RUNNING, none that is critical is UNHEALTHY, and no stop
 *     was asked for
 * @param live whether the program goes on: see {@link Runner#isLive}
 * @param health how well the program is as a whole: see {@link Runner#health()}
 * @param stopping why the program is stopping or has stopped, or null while it is not
 * @param startedAt when the runner started
 * @param at the moment
 * @param services every service, in start order
 */
public record RunnerStatus(
    String program,
    boolean ready,
    boolean live,
    Health health,
    @Nullable Cause stopping,
    Instant startedAt,
    Instant at,
    List<ServiceStatus> services) {

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
    List<ServiceHealth> chain = new ArrayList<>();
    chain.add(service(name).health());
    chain.getFirst().cause().forEach(each -> chain.add(service(each).health()));
    return HealthText.explanation(chain, at, ZoneId.systemDefault());
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
        .orElseThrow(() -> new NoSuchElementException("no service '" + name + "'"));
  }
}
