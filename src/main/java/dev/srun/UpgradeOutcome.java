package dev.srun;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

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
      return "pid "
          + pid
          + " (generation "
          + generation
          + ") has taken over after "
          + Durations.text(took);
    }
  }

  /**
   * The other process failed, and this one goes on as if nothing had been.
   *
   * @param reason what happened
   * @param lastLines what the other process has logged last, oldest first; ten at most, and none
   *     where it logged nothing or could not tell
   */
  record Failed(String reason, List<String> lastLines) implements UpgradeOutcome {

    /** Keeps a copy of the lines. */
    public Failed {
      lastLines = List.copyOf(lastLines);
    }

    @Override
    public String toString() {
      String lines = lastLines.isEmpty() ? "" : "; it said last:";
      return "upgrade failed: " + reason + lines + below(lastLines);
    }

    private static String below(List<String> lines) {
      return lines.stream()
          .map(line -> "\n  | " + line.replace("\n", "\n  | "))
          .collect(Collectors.joining());
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
