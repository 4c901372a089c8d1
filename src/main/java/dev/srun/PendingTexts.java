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
   * @param told whether it took so long that the failure was recorded without its text
   */
  private record Pending(Slot slot, Thrown thrown, long end, boolean told) {
    boolean is(Slot other, Thrown what) {
      return slot == other && thrown.isSame(what);
    }

    Pending asTold() {
      return new Pending(slot, thrown, Alarm.NEVER, true);
    }
  }

  /** A failure that is to be recorded without its text. */
  record Late(Slot slot, Thrown thrown) {}

  private final Deadlines deadlines;
  private final List<Pending> pending = new ArrayList<>(0);

  PendingTexts(Deadlines deadlines) {
    this.deadlines = deadlines;
  }

  void begin(Slot slot, Thrown thrown) {
    boolean known = pending.stream().anyMatch(each -> each.is(slot, thrown));
    if (!known) {
      long end = deadlines.now() + LIMIT.toNanos();
      pending.add(new Pending(slot, thrown, end, false));
      setTimer();
    }
  }

  /** The failure is there with its text; true if it was recorded without. */
  boolean wasToldWithout(Slot slot, Thrown thrown) {
    for (int i = 0; i < pending.size(); i++) {
      if (pending.get(i).is(slot, thrown)) {
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
        late.add(new Late(each.slot, each.thrown));
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
