package dev.srun;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The services whose ready has thrown and is called again after a pause. Used by the supervisor
 * alone.
 */
final class ReadyRetries {

  /**
   * How far one service is.
   *
   * @param last what was thrown last
   * @param attempts how often ready was called
   * @param next when it is called again; {@link Alarm#NEVER} while it is being called
   */
  private record Attempts(Failure last, int attempts, long next) {}

  private final Program program;
  private final Deadlines deadlines;
  private final Map<Slot, Attempts> services = new HashMap<>();

  ReadyRetries(Program program, Deadlines deadlines) {
    this.program = program;
    this.deadlines = deadlines;
  }

  /** Ready has thrown: it is called again after its pause. */
  void pause(Slot slot, Failure failure) {
    Attempts before = services.get(slot);
    Duration pause = slot.definition().readyPause();
    boolean isNews = before == null || !before.last.why().equals(failure.why());
    program
        .log()
        .say(
            isNews ? Level.INFO : Level.DEBUG,
            program.loggerName(slot),
            "not ready, asked again every " + Durations.text(pause) + ": " + failure.why(),
            null);
    long next = deadlines.now() + pause.toNanos();
    services.put(slot, new Attempts(failure, before == null ? 1 : before.attempts + 1, next));
    deadlines.setAt(Timer.READY, Deadlines.earlier(next, deadlines.of(Timer.READY)));
  }

  /** Takes the services whose pause is over. */
  List<Slot> takeDue(long now) {
    List<Slot> due = new ArrayList<>();
    long earliest = Alarm.NEVER;
    for (Map.Entry<Slot, Attempts> each : services.entrySet()) {
      Attempts its = each.getValue();
      if (Deadlines.hasPassed(its.next, now)) {
        each.setValue(new Attempts(its.last, its.attempts, Alarm.NEVER));
        due.add(each.getKey());
      } else {
        earliest = Deadlines.earlier(earliest, its.next);
      }
    }
    if (earliest != Alarm.NEVER) {
      deadlines.setAt(Timer.READY, earliest);
    }
    return due;
  }

  /** The failure of a service whose limit has passed in a pause; null if it is in none. */
  @Nullable Failure lateInPause(Slot slot, String message) {
    Attempts its = services.get(slot);
    if (its == null || its.next == Alarm.NEVER) {
      return null;
    }
    String text = message + "; it failed " + its.attempts + " times, the last time with this cause";
    TimeoutException error = new TimeoutException(text);
    error.initCause(its.last.error());
    error.setStackTrace(new StackTraceElement[0]); // which would be srun's own
    return new Failure(
        slot.name(), Phase.READY, error, error + "\nCaused by: " + its.last.stackTrace());
  }
}
