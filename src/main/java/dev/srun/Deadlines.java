package dev.srun;

import java.time.Duration;

/** Turns limits into deadlines and keeps the alarm ahead of the earliest. */
final class Deadlines {
  private final Program program;

  Deadlines(Program program) {
    this.program = program;
  }

  long now() {
    return program.host().nanoTime();
  }

  /** Sets the service's current limit, from now. */
  void limit(Slot slot, Duration limit) {
    long now = now();
    limitAt(slot, now, now + limit.toNanos());
  }

  /** Sets the service's current limit: the time from one moment to another. */
  void limitAt(Slot slot, long from, long deadline) {
    slot.limitSetAt(from);
    moveLimit(slot, deadline);
  }

  /** Moves the limit without giving the service a new time of its own. */
  void moveLimit(Slot slot, long deadline) {
    slot.deadline(deadline);
    program.alarm().notLaterThan(deadline);
  }

  void clear(Slot slot) {
    slot.deadline(Alarm.NEVER);
  }

  /** The moment that is so far from now, with the alarm set for it. */
  long at(Duration fromNow) {
    return arm(now() + fromNow.toNanos());
  }

  long arm(long deadline) {
    program.alarm().notLaterThan(deadline);
    return deadline;
  }

  /** Whether a deadline has passed at a moment: one moment for all that is decided together. */
  static boolean hasPassed(long deadline, long now) {
    return deadline != Alarm.NEVER && now - deadline >= 0;
  }

  static long earlier(long first, long second) {
    return Alarm.before(first, second) ? first : second;
  }
}
