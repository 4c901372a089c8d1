package dev.srun;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * When a service was in a phase. {@link Phase#READY} is the whole wait from the beginning of run
 * until the service was RUNNING, whether or not it implements ready; of checks it is the last one.
 *
 * @param phase the phase
 * @param since when it began
 * @param took how long it took; null while it goes on
 */
public record PhaseTime(Phase phase, Instant since, @Nullable Duration took) {

  /**
   * Returns how long it took, or has taken so far.
   *
   * @param now the moment to count to while it goes on
   * @return a duration, never negative
   */
  public Duration tookUntil(Instant now) {
    if (took != null) {
      return took;
    }
    Duration soFar = Duration.between(since, now);
    return soFar.isNegative() ? Duration.ZERO : soFar;
  }
}
