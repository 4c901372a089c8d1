package dev.srun;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What was registered of one service's health.
 *
 * @param critical whether the program is not ready while it is UNHEALTHY
 * @param required those it depends on without which it is UNHEALTHY itself
 * @param interval from one check to the next
 * @param timeout what one check may take
 * @param downAfter how many checks in a row must fail before it is UNHEALTHY
 * @param upAfter how many must succeed before it is well again
 * @param beat the longest time between two beats; null where it need not beat
 */
record HealthOptions(
    boolean critical,
    List<String> required,
    Duration interval,
    Duration timeout,
    int downAfter,
    int upAfter,
    @Nullable Duration beat) {

  static final int DOWN_AFTER = 1;
  static final int UP_AFTER = 2;

  /** Nobody should have to wait longer than this for good news. */
  private static final Duration WHILE_DOWN = Duration.ofSeconds(5);

  /** As {@code equals}, which would take 15 ms the first time, and is asked in each start. */
  boolean isSame(HealthOptions other) {
    return critical == other.critical
        && required.equals(other.required)
        && interval.equals(other.interval)
        && timeout.equals(other.timeout)
        && downAfter == other.downAfter
        && upAfter == other.upAfter
        && Objects.equals(beat, other.beat);
  }

  /** From one check to the next while the last has failed. */
  Duration intervalWhileDown() {
    return interval.compareTo(WHILE_DOWN) < 0 ? interval : WHILE_DOWN;
  }

  /** How old an answer may become: three may be missing. */
  Duration staleAfter() {
    return interval.plus(interval).plus(interval).plus(timeout);
  }
}
