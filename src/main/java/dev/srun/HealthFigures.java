package dev.srun;

/**
 * What the runner has counted of the health of its services since it started.
 *
 * @param checks how long checks took, those that hung with their limit
 * @param deliveries how long it took from a report to the listener that was told of it
 * @param missed how many changes listeners were too slow for
 * @param coalesced how many reports were overtaken by the next before they were taken in
 * @param listenerFailures how often listeners have thrown
 */
public record HealthFigures(
    LatencySnapshot checks,
    LatencySnapshot deliveries,
    long missed,
    long coalesced,
    long listenerFailures) {}
