package dev.srun;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
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
 */
public record UpgradeFigures(
    long upgraded, long failed, long refused, @Nullable UpgradeOutcome last, @Nullable Instant at) {

  /** None was asked for. */
  public static final UpgradeFigures NONE = new UpgradeFigures(0, 0, 0, null, null);

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
          new UpgradeFigures(upgraded + 1, failed, refused, done, when);
      case UpgradeOutcome.Failed failure ->
          new UpgradeFigures(upgraded, failed + 1, refused, failure, when);
      case UpgradeOutcome.Refused refusal ->
          new UpgradeFigures(upgraded, failed, refused + 1, refusal, when);
    };
  }
}
