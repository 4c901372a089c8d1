package dev.srun;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How often an upgrade was asked for since the runner started, by what became of it.
 *
 * @param upgraded another process has taken over
 * @param failed the other process failed
 * @param refused no other process was started
 * @param last what became of the last one; null if there was none
 * @param at when that was decided; null if there was none
 * @param steps what the upgrade does that is under way, or what the last one did, in order; of a
 *     process that was not asked for any what it did to take another one's place
 */
public record UpgradeFigures(
    long upgraded,
    long failed,
    long refused,
    @Nullable UpgradeOutcome last,
    @Nullable Instant at,
    List<UpgradeStep> steps) {

  /** None was asked for. */
  public static final UpgradeFigures NONE = new UpgradeFigures(0, 0, 0, null, null, List.of());

  /** Keeps a copy of the steps. */
  public UpgradeFigures {
    steps = List.copyOf(steps);
  }

  /**
   * Returns the counts by the word for their outcome, for what tells kinds apart, such as metrics.
   *
   * @return {@code upgraded}, {@code failed} and {@code refused}, in that order
   */
  public Map<String, Long> byOutcome() {
    Map<String, Long> counts = new LinkedHashMap<>();
    counts.put("upgraded", upgraded);
    counts.put("failed", failed);
    counts.put("refused", refused);
    return Collections.unmodifiableMap(counts);
  }

  /**
   * Counts one more.
   *
   * @param outcome what became of it
   * @param when when that was decided
   * @return the figures with it
   */
  public UpgradeFigures with(UpgradeOutcome outcome, Instant when) {
    return switch (outcome) {
      case UpgradeOutcome.Upgraded done ->
          new UpgradeFigures(upgraded + 1, failed, refused, done, when, steps);
      case UpgradeOutcome.Failed failure ->
          new UpgradeFigures(upgraded, failed + 1, refused, failure, when, steps);
      case UpgradeOutcome.Refused refusal ->
          new UpgradeFigures(upgraded, failed, refused + 1, refusal, when, steps);
    };
  }

  /**
   * Tells what was done.
   *
   * @param taken the steps
   * @return the figures with these instead
   */
  public UpgradeFigures with(List<UpgradeStep> taken) {
    return new UpgradeFigures(upgraded, failed, refused, last, at, taken);
  }
}
