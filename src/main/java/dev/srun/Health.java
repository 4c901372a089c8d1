package dev.srun;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How well a service is, and why: what its {@linkplain HealthChecked check} answers and what it
 * {@linkplain HealthChannel#report reports}.
 *
 * @param status how well; a service that says STOPPED of itself is taken as UNHEALTHY
 * @param reason why, in one line of at most 500 characters; may be empty
 */
public record Health(HealthStatus status, String reason) {
  private static final int LONGEST = 500;

  /** Of whatever does not run. */
  static final Health STOPPED = new Health(HealthStatus.STOPPED, "");

  private static final Health HEALTHY = new Health(HealthStatus.HEALTHY, "");

  /** Makes one line of the reason, and cuts it where it is too long. */
  public Health {
    Objects.requireNonNull(status, "the status of a health is null");
    reason = oneLine(Objects.requireNonNull(reason, "the reason of a health is null"));
  }

  /**
   * Returns that all is well.
   *
   * @return HEALTHY without a reason
   */
  public static Health healthy() {
    return HEALTHY;
  }

  /**
   * Returns that the work is done, but not as it should be.
   *
   * @param reason what is wrong
   * @return DEGRADED
   */
  public static Health degraded(String reason) {
    return new Health(HealthStatus.DEGRADED, reason);
  }

  /**
   * Returns that the work is not done.
   *
   * @param reason what is wrong
   * @return UNHEALTHY
   */
  public static Health unhealthy(String reason) {
    return new Health(HealthStatus.UNHEALTHY, reason);
  }

  /** What a service may say of itself: only the runner says STOPPED. */
  Health ofItself() {
    return status == HealthStatus.STOPPED ? unhealthy(reason) : this;
  }

  /** In one line that is not too long. */
  static String oneLine(String text) {
    String cut = text.length() <= LONGEST ? text : text.substring(0, LONGEST - 1) + "…";
    return isOneLine(cut) ? cut : cut.strip().replaceAll("\\p{Cntrl}+", " ");
  }

  /** Whether a text has no control characters, ends of lines among them. */
  static boolean isOneLine(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isISOControl(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  /** By hand, as the next: what the compiler makes is linked when it runs, in 10 ms of a start. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Health health
        && status == health.status
        && reason.equals(health.reason);
  }

  @Override
  public int hashCode() {
    return 31 * status.hashCode() + reason.hashCode();
  }

  /** Returns the status, and the reason after a colon if there is one. */
  @Override
  public String toString() {
    return reason.isEmpty() ? status.toString() : status + ": " + reason;
  }
}
