package dev.srun;

import java.time.Duration;
import java.util.List;

/**
 * Why and how a program ended.
 *
 * @param cause the first thing that happened
 * @param outcome how well it ended
 * @param code the process exit code that stands for both, see {@link ExitCodes}; after a {@code
 *     System.exit} that is not srun's the status of that call, where it is known and the stop was
 *     not forced
 * @param failures everything that failed, in order; the later ones are also suppressed onto the
 *     first
 * @param stragglers the services that outlived their budget, in the order in which they did
 * @param leaks what the services left behind
 * @param uptime from the start of the runner to its end
 * @param stopTook from the moment the stop was asked for to the end
 */
public record Exit(
    Cause cause,
    Outcome outcome,
    int code,
    List<Failure> failures,
    List<Straggler> stragglers,
    List<Leak> leaks,
    Duration uptime,
    Duration stopTook) {

  /** Copies the lists, so that an exit never changes. */
  public Exit {
    failures = List.copyOf(failures);
    stragglers = List.copyOf(stragglers);
    leaks = List.copyOf(leaks);
  }

  /** Returns code, outcome and cause, in one line. */
  @Override
  public String toString() {
    return "exit "
        + code
        + " ("
        + outcome.name().toLowerCase(java.util.Locale.ROOT)
        + "): "
        + cause;
  }
}
