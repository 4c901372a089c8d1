package dev.srun;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The moment at which the message was taken that is being handled. Whatever comes of a message
 * happens at that one moment: what is compared with the clock is compared with the same reading, so
 * that no deadline falls between two. Used by the supervisor alone.
 */
final class Moment {
  private final Host host;
  private long nanoTime;
  private @Nullable Instant timeOfDay;

  Moment(Host host) {
    this.host = host;
    this.nanoTime = host.nanoTime();
  }

  /** Another message was taken. */
  void isNow() {
    nanoTime = host.nanoTime();
    timeOfDay = null;
  }

  /** In nanoseconds of the host's clock. */
  long nanoTime() {
    return nanoTime;
  }

  /** The time of day; the clock is read by the first who asks. */
  Instant timeOfDay() {
    Instant known = timeOfDay;
    if (known == null) {
      known = host.now();
      timeOfDay = known;
    }
    return known;
  }
}
