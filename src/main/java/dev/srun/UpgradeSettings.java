package dev.srun;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Whether and how the program is upgraded.
 *
 * @param on whether HUP upgrades it
 * @param timeout how long the next generation may take until it is ready
 * @param linger how long connections may stay with a generation that has been replaced
 * @param probation how long the next generation must be well before this one stops
 * @param slowStart over which time the next generation gets the whole load
 * @param pidFile where the generation that serves notes its process; null for nowhere
 */
record UpgradeSettings(
    boolean on,
    Duration timeout,
    Duration linger,
    Duration probation,
    Duration slowStart,
    @Nullable Path pidFile) {
  static final Duration TIMEOUT = Duration.ofMinutes(1);
  static final Duration LINGER = Duration.ofMinutes(1);
  static final Duration PROBATION = Duration.ofSeconds(5);
  static final Duration SLOW_START = Duration.ofSeconds(2);
}
