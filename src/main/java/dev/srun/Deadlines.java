package dev.srun;

import java.time.Duration;

/** Turns limits into deadlines and keeps the alarm ahead of the earliest. */
final class Deadlines {
  private final Host host;
  private final Alarm alarm;

  Deadlines(Host host, Alarm alarm) {
    this.host = host;
    this.alarm = alarm;
  }

  long now() {
    return host.nanoTime();
  }

  /** Sets the service's current limit, from now. */
  void limit(Slot slot, Duration limit) {
    limitAt(slot, at(limit));
  }

  void limitAt(Slot slot, long deadline) {
    slot.deadline(deadline);
    alarm.notLaterThan(deadline);
  }

  void clear(Slot slot) {
    slot.deadline(Alarm.NEVER);
  }

  /** The moment that is so far from now, with the alarm set for it. */
  long at(Duration fromNow) {
    return arm(host.nanoTime() + fromNow.toNanos());
  }

  long arm(long deadline) {
    alarm.notLaterThan(deadline);
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
