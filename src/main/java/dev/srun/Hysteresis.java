package dev.srun;

import org.jspecify.annotations.Nullable;

/** Keeps one answer out of line from moving a service's health. Used by the supervisor alone. */
final class Hysteresis {
  private final int downAfter;
  private final int upAfter;
  private int failures;
  private int successes;

  Hysteresis(int downAfter, int upAfter) {
    this.downAfter = downAfter;
    this.upAfter = upAfter;
  }

  /**
   * Takes the answer of a check.
   *
   * @param isDown whether the service counts as UNHEALTHY, by whatever was said last
   * @return the health that counts from here on; null if it stays what it is
   */
  @Nullable Health take(Health answer, boolean isDown) {
    if (answer.status().compareTo(HealthStatus.UNHEALTHY) <= 0) {
      successes = 0;
      failures++;
      return isDown || failures >= downAfter ? answer : null;
    }
    failures = 0;
    successes++;
    return !isDown || successes >= upAfter ? answer : null;
  }

  /** How many checks in a row have failed. */
  int failures() {
    return failures;
  }
}
