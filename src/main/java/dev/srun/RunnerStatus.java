package dev.srun;

import java.time.Instant;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * A program as it was at one moment. Each service's status is consistent in itself; two services
 * may have been read a moment apart.
 *
 * @param program the program's name
 * @param ready whether every service is RUNNING and no stop was asked for
 * @param stopping why the program is stopping or has stopped, or null while it is not
 * @param startedAt when the runner started
 * @param services every service, in start order
 */
public record RunnerStatus(
    String program,
    boolean ready,
    @Nullable Cause stopping,
    Instant startedAt,
    List<ServiceStatus> services) {

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
