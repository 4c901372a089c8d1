package dev.srun;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a run leaves to the next one: which it was, and how far it had come.
 *
 * @param program its name
 * @param pid its process
 * @param process when that process started, which tells it from a later one of the same number;
 *     null where the system does not say
 * @param started when the run started
 * @param written when this was noted
 * @param progress how far it had come
 */
record LastRun(
    String program,
    long pid,
    @Nullable Instant process,
    Instant started,
    Instant written,
    RunProgress progress) {

  /** Whether it ended by itself; a run that did not was killed, or goes on. */
  boolean hasEnded() {
    return progress instanceof RunProgress.Ended;
  }

  /** How urgent it is to know. */
  Level level() {
    return progress instanceof RunProgress.Ended ended
            && ended.code() == 0
            && ended.stragglers().isEmpty()
        ? Level.DEBUG
        : Level.WARNING;
  }

  /** How it ended, in one line. */
  String message(Instant now) {
    return switch (progress) {
      case RunProgress.Starting() -> killedWhile("starting");
      case RunProgress.Running() -> killedWhile("running");
      case RunProgress.Stopping(String what, Duration budget, Duration used) ->
          "the last run (pid %d) was killed %s%s (budget %s)"
              .formatted(
                  pid,
                  used.toSeconds() > 0 ? "at least " + text(used) + " into " : "in ",
                  what,
                  Durations.text(budget));
      case RunProgress.Ended(int code, String exit, List<String> stragglers) ->
          "the last run (pid %d) ended %s: %s%s"
              .formatted(
                  pid,
                  written.isAfter(now) // the clock was set back
                      ? "at " + text(written)
                      : text(Duration.between(written, now)) + " ago",
                  exit,
                  stragglers.isEmpty() ? "" : "; stragglers: " + String.join(", ", stragglers));
    };
  }

  private String killedWhile(String doing) {
    return "the last run (pid %d, started %s) was killed or crashed while %s (last noted %s)"
        .formatted(pid, text(started), doing, text(written));
  }

  private static String text(Instant moment) {
    return moment.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private static String text(Duration duration) {
    return Durations.text(duration.truncatedTo(ChronoUnit.SECONDS));
  }
}
