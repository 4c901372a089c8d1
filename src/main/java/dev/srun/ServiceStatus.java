package dev.srun;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * A service as it was at one moment.
 *
 * @param name its name
 * @param state its state
 * @param since when it entered that state; the start of the runner for one that is not begun
 * @param completed whether its run has returned normally: that of a task, and that of a service
 *     that has started something of its own, which stays RUNNING; never of an init-only
 *     registration
 * @param dependsOn the services it {@linkplain Registration#dependsOn depends on}
 * @param facts what it told about itself with {@link Context#describe}, in that order
 * @param phases when it was in which phase and for how long, in the order of {@link Phase}
 * @param health how well it is
 */
public record ServiceStatus(
    String name,
    ServiceState state,
    Instant since,
    boolean completed,
    List<String> dependsOn,
    Map<String, String> facts,
    List<PhaseTime> phases,
    ServiceHealth health) {}
