package dev.srun;

import java.time.Instant;

/**
 * One move of one service from a state to the next.
 *
 * @param service the service's name
 * @param from the state it left
 * @param to the state it is in now
 * @param at when the supervisor moved it
 */
public record StateChange(String service, ServiceState from, ServiceState to, Instant at) {}
