package dev.srun;

import java.time.Duration;
import java.util.List;

/**
 * A service that outlived its budget and was left behind.
 *
 * @param service its name
 * @param phase the phase that has not ended
 * @param used how long that phase has taken
 * @param threads where its threads stand, one text each: the name and the stack
 */
public record Straggler(String service, Phase phase, Duration used, List<String> threads) {

  /** Returns service, phase and the time used, in one line. */
  @Override
  public String toString() {
    return service + ": still in " + phase + " after " + Durations.text(used);
  }
}
