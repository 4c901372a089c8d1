package dev.srun;

import java.time.Instant;
import java.util.List;
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
    List<ServiceStatus> services) {}
