package dev.srun;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Turns limits into deadlines and keeps the alarm ahead of the earliest. Used by the supervisor
 * alone, but for the deadline of a service, which is kept in its slot.
 */
final class Deadlines {
  private final Program program;
  private final Moment moment;
  private final List<Slot> slots;
  private final Map<Timer, Long> timers = new EnumMap<>(Timer.class);

  Deadlines(Program program, Moment moment, List<Slot> slots) {
    this.program = program;
    this.moment = moment;
    this.slots = slots;
  }

  /** When the message was taken that is being handled. */
  long now() {
    return moment.nanoTime();
  }

  // Of the program

  void set(Timer timer, Duration fromNow) {
    setAt(timer, now() + fromNow.toNanos());
  }

  void setAt(Timer timer, long deadline) {
    timers.put(timer, deadline);
    program.alarm().notLaterThan(deadline);
  }

  void clear(Timer timer) {
    timers.remove(timer);
  }

  /** The timer's deadline; {@link Alarm#NEVER} where it is not set. */
  long of(Timer timer) {
    return timers.getOrDefault(timer, Alarm.NEVER);
  }

  /** Whether the timer's deadline has passed; only once, since it is cleared then. */
  boolean takePassed(Timer timer, long now) {
    boolean passed = hasPassed(of(timer), now);
    if (passed) {
      clear(timer);
    }
    return passed;
  }

  // Of a service

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

  // All

  /** Sets the alarm, which has rung, for the earliest deadline that there is. */
  void rearm() {
    long next = Alarm.NEVER;
    for (long deadline : timers.values()) {
      next = earlier(next, deadline);
    }
    for (Slot slot : slots) {
      next = earlier(next, slot.deadline());
    }
    if (next != Alarm.NEVER) {
      program.alarm().notLaterThan(next);
    }
  }

  /** Whether a deadline has passed at a moment: one moment for all that is decided together. */
  static boolean hasPassed(long deadline, long now) {
    return deadline != Alarm.NEVER && now - deadline >= 0;
  }

  static long earlier(long first, long second) {
    return Alarm.before(first, second) ? first : second;
  }
}
