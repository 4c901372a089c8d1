package dev.srun;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A part of an upgrade, as one of the two processes sees it.
 *
 * @param name what is done, for people; may be another one in another version
 * @param since when it began
 * @param took how long it took, or null while it goes on
 */
public record UpgradeStep(String name, Instant since, @Nullable Duration took) {

  /**
   * Returns how long it took, or has taken so far.
   *
   * @param now the moment
   * @return never negative
   */
  public Duration tookUntil(Instant now) {
    if (took != null) {
      return took;
    }
    return now.isBefore(since) ? Duration.ZERO : Duration.between(since, now);
  }
}
