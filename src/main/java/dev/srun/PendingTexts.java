package dev.srun;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What was thrown and is being turned into text by the thread that threw it: that is the
 * exception's own code, which may take for ever. Used by the supervisor alone.
 */
final class PendingTexts {
  private static final Duration LIMIT = Duration.ofMillis(500);

  /**
   * One exception.
   *
   * @param inStop whether the service's stop had begun when it was thrown
   * @param told whether it took so long that the failure was recorded without its text
   */
  private record Pending(
      Slot slot, Phase phase, Throwable error, boolean inStop, long end, boolean told) {
    @SuppressWarnings("ReferenceEquality") // an exception is itself, whatever its equals says
    boolean is(Slot other, Phase its, Throwable what) {
      return slot == other && phase == its && error == what;
    }

    Pending asTold() {
      return new Pending(slot, phase, error, inStop, Alarm.NEVER, true);
    }

    Failure withoutText() {
      String text = error.getClass().getName() + " (its text takes too long)";
      return new Failure(slot.name(), phase, error, text);
    }
  }

  /** A failure that is to be recorded without its text. */
  record Late(Slot slot, Failure failure, boolean inStop) {}

  private final Deadlines deadlines;
  private final List<Pending> pending = new ArrayList<>(0);

  PendingTexts(Deadlines deadlines) {
    this.deadlines = deadlines;
  }

  void begin(Event.Throwing event) {
    boolean known =
        pending.stream().anyMatch(each -> each.is(event.slot(), event.phase(), event.error()));
    if (!known) {
      long end = deadlines.now() + LIMIT.toNanos();
      pending.add(
          new Pending(event.slot(), event.phase(), event.error(), event.inStop(), end, false));
      setTimer();
    }
  }

  /** The failure is there with its text; true if it was recorded without. */
  boolean wasToldWithout(Slot slot, Failure failure) {
    for (int i = 0; i < pending.size(); i++) {
      if (pending.get(i).is(slot, failure.phase(), failure.error())) {
        return pending.remove(i).told;
      }
    }
    return false;
  }

  /** Those that have taken too long by now, each once. */
  List<Late> takeLate(long now) {
    List<Late> late = new ArrayList<>();
    for (int i = 0; i < pending.size(); i++) {
      Pending each = pending.get(i);
      if (Deadlines.hasPassed(each.end, now)) {
        late.add(new Late(each.slot, each.withoutText(), each.inStop));
        pending.set(i, each.asTold());
      }
    }
    setTimer();
    return late;
  }

  private void setTimer() {
    long next = pending.stream().mapToLong(Pending::end).reduce(Alarm.NEVER, Deadlines::earlier);
    if (next != Alarm.NEVER) {
      deadlines.setAt(Timer.TEXT, next);
    }
  }
}
