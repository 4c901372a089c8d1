package dev.srun;

import java.time.Duration;

/** What became of an upgrade that was asked for. */
public sealed interface UpgradeOutcome {

  /**
   * Another process has taken this one's place.
   *
   * @param pid the process
   * @param generation its generation
   * @param took from the moment it was asked for until the other process accepted connections
   */
  record Upgraded(long pid, int generation, Duration took) implements UpgradeOutcome {
    @Override
    public String toString() {
      return "pid %d (generation %d) has taken over after %s"
          .formatted(pid, generation, Durations.text(took));
    }
  }

  /**
   * The other process failed, and this one goes on as if nothing had been.
   *
   * @param reason what happened
   */
  record Failed(String reason) implements UpgradeOutcome {
    @Override
    public String toString() {
      return "upgrade failed: " + reason;
    }
  }

  /**
   * No other process was started.
   *
   * @param reason why not, and what to do instead
   */
  record Refused(String reason) implements UpgradeOutcome {
    @Override
    public String toString() {
      return "upgrade refused: " + reason;
    }
  }
}
