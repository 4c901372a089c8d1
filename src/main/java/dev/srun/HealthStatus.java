package dev.srun;

import java.util.Objects;

/** How well a service is, from worst to best. */
public enum HealthStatus {
  /** It does not run: not yet, or no more. Only the runner says so. */
  STOPPED,
  /** It does not do its work. */
  UNHEALTHY,
  /** It does its work, but not as it should: slower, with old data, without a part. */
  DEGRADED,
  /** It does its work. */
  HEALTHY;

  /**
   * Returns whether the service does its work, be it well or not.
   *
   * @return true for HEALTHY and DEGRADED
   */
  public boolean works() {
    return this == HEALTHY || this == DEGRADED;
  }

  /**
   * Returns the number that stands for it where only numbers can be told, such as in metrics.
   *
   * @return from 0 for STOPPED to 3 for HEALTHY
   */
  public int number() {
    return switch (this) {
      case STOPPED -> 0;
      case UNHEALTHY -> 1;
      case DEGRADED -> 2;
      case HEALTHY -> 3;
    };
  }

  /**
   * Returns the worse of two.
   *
   * @param other another status
   * @return this or the other
   */
  public HealthStatus worse(HealthStatus other) {
    Objects.requireNonNull(other, "the other status is null");
    return compareTo(other) <= 0 ? this : other;
  }
}
