package dev.srun;

import java.time.Duration;

/** The beats of one service's loop; any thread beats, the watchdog looks. */
final class Heartbeat {
  private final long limit;
  private volatile long last;

  /** Expects a beat within the limit from now on. */
  Heartbeat(Duration limit, long now) {
    this.limit = limit.toNanos();
    this.last = now;
  }

  void beat(long now) {
    last = now;
  }

  /** Whether the next beat should have come by now. */
  boolean isMissed(long now) {
    return now - last > limit;
  }

  Duration since(long now) {
    return Duration.ofNanos(now - last);
  }

  Duration limit() {
    return Duration.ofNanos(limit);
  }
}
