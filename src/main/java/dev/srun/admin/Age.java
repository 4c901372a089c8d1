package dev.srun.admin;

import java.time.Duration;
import java.time.Instant;

/** How long something has been so, for people: the two largest units of it. */
final class Age {
  private static final int MILLIS_UP_TO_SECONDS = 10;

  private Age() {}

  static String since(Instant then, Instant now) {
    return text(Duration.between(then, now));
  }

  static String text(Duration age) {
    long seconds = Math.max(0, age.toSeconds());
    if (seconds < MILLIS_UP_TO_SECONDS) {
      return Math.max(0, age.toMillis()) < 1000
          ? Math.max(0, age.toMillis()) + "ms"
          : seconds + "s";
    }
    if (seconds < 60) {
      return seconds + "s";
    }
    if (seconds < 3600) {
      return seconds / 60 + "m" + seconds % 60 + "s";
    }
    return seconds < 86_400
        ? seconds / 3600 + "h" + seconds % 3600 / 60 + "m"
        : seconds / 86_400 + "d" + seconds % 86_400 / 3600 + "h";
  }
}
