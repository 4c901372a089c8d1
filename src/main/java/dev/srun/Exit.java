package dev.srun;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

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

  /** Returns code, outcome, what was cut off, and cause, in one line. */
  @Override
  public String toString() {
    return "exit "
        + code
        + " ("
        + outcome.name().toLowerCase(Locale.ROOT)
        + cutOff()
        + "): "
        + cause;
  }

  private String cutOff() {
    Map<String, Integer> counts = new LinkedHashMap<>(0);
    for (Failure failure : failures) {
      if (failure.error() instanceof CutOffException error) {
        int before = counts.getOrDefault(error.what(), 0);
        counts.put(error.what(), before + error.count());
      }
    }
    StringBuilder text = new StringBuilder();
    for (Map.Entry<String, Integer> each : counts.entrySet()) { // no lambda: each start pays for it
      text.append(", ")
          .append(each.getValue())
          .append(' ')
          .append(each.getKey())
          .append(" cut off");
    }
    return text.toString();
  }
}
