package dev.srun;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * When which service is checked, and what its answers count for. Used by the supervisor alone; no
 * method waits.
 */
final class HealthChecks {
  /** By how much of an interval two checks of a service are nearer or farther than that. */
  private static final double JITTER = 0.1;

  private static final Set<Phase> CHECK = EnumSet.of(Phase.CHECK);

  private final PhaseThreads threads;
  private final Deadlines deadlines;
  private final HealthTable table;
  private final Latency durations;
  private final SplittableRandom random;
  private final Map<Slot, Schedule> schedules = new HashMap<>();
  private final List<Schedule> judges = new ArrayList<>(0);
  private final PriorityQueue<Schedule> due = new PriorityQueue<>(Schedule::compareDue);

  /** One service's next check, or the one that is under way. */
  private static final class Schedule {
    final Slot slot;
    final HealthOptions options;
    final Hysteresis hysteresis;
    final boolean isJudge;
    long dueAt = Alarm.NEVER;
    boolean first = true;
    boolean late;
    boolean again;

    Schedule(Slot slot) {
      this.slot = slot;
      this.options = slot.definition().health();
      this.hysteresis = new Hysteresis(options.downAfter(), options.upAfter());
      this.isJudge = slot.health().isJudge();
    }

    static int compareDue(Schedule one, Schedule other) {
      return one.dueAt == other.dueAt ? 0 : Alarm.before(one.dueAt, other.dueAt) ? -1 : 1;
    }

    boolean isUnderWay() {
      return slot.call(Phase.CHECK) != null;
    }

    boolean mayBegin() {
      return slot.state() == ServiceState.RUNNING && !slot.isStopping() && !isUnderWay();
    }

    /** Whether the start fails if the check that is under way does. */
    boolean decidesStart() {
      return first && options.critical() && !isJudge;
    }
  }

  HealthChecks(
      Program program,
      List<Slot> slots,
      PhaseThreads threads,
      Deadlines deadlines,
      HealthTable table) {
    this.threads = threads;
    this.deadlines = deadlines;
    this.table = table;
    this.durations = program.wellbeing().checks();
    this.random = new SplittableRandom(deadlines.now());
    for (Slot slot : slots) {
      if (slot.definition().implemented().check()) {
        Schedule schedule = new Schedule(slot);
        schedules.put(slot, schedule);
        if (schedule.isJudge) {
          judges.add(schedule);
        }
      }
    }
  }

  /** Begins the first check of a service that has become ready; false if it is not checked. */
  boolean beginFirst(Slot slot) {
    Schedule schedule = schedules.isEmpty() ? null : schedules.get(slot);
    if (schedule != null) {
      begin(schedule);
    }
    return schedule != null;
  }

  private void begin(Schedule schedule) {
    Slot slot = schedule.slot;
    schedule.late = false;
    schedule.again = false;
    slot.health().takeAnswer(); // what a check that was late has said since
    deadlines.limit(slot, schedule.options.timeout());
    threads.call(slot, Phase.CHECK, deadlines.now());
  }

  /** Begins the checks that are due. */
  void beginDue(long now) {
    for (Schedule next = due.peek();
        next != null && Deadlines.hasPassed(next.dueAt, now);
        next = due.peek()) {
      due.remove();
      if (next.mayBegin()) {
        begin(next);
      } else if (next.isUnderWay()) { // it has failed, and its exception is still becoming text
        next.dueAt = now + next.options.intervalWhileDown().toNanos();
        due.add(next);
      }
    }
    setTimer();
  }

  private void setTimer() {
    Schedule next = due.peek();
    if (next != null) {
      deadlines.setAt(Timer.CHECK, next.dueAt);
    }
  }

  /** Whether the check of a service that is under way is its first. */
  boolean isFirst(Slot slot) {
    return schedule(slot).first;
  }

  /** Whether the start fails if the check that is under way does. */
  boolean decidesStart(Slot slot) {
    return schedule(slot).decidesStart();
  }

  private Schedule schedule(Slot slot) {
    Schedule schedule = schedules.get(slot);
    if (schedule == null) {
      throw new IllegalStateException(slot.name() + " is not checked");
    }
    return schedule;
  }

  /**
   * The check of a service has ended, in time or not.
   *
   * @param health its answer
   */
  void ended(Slot slot, Health health) {
    Schedule schedule = schedule(slot);
    if (!schedule.late) {
      Duration took = Duration.ofNanos(deadlines.now() - slot.limitSetAt());
      deadlines.clear(slot);
      count(schedule, health, took);
    }
    schedule.late = false;
    if (schedule.again) {
      begin(schedule);
    } else {
      plan(schedule);
    }
  }

  /** The limit of a check has passed; it is not begun again before it has ended. */
  void late(Slot slot) {
    Schedule schedule = schedule(slot);
    schedule.late = true;
    deadlines.clear(slot);
    threads.interrupt(slot, CHECK);
    Duration limit = schedule.options.timeout();
    count(schedule, Health.unhealthy(Failures.tooLong(Phase.CHECK, slot.name(), limit)), limit);
  }

  private void count(Schedule schedule, Health answer, Duration took) {
    Slot slot = schedule.slot;
    durations.record(took.toNanos());
    Health counts = schedule.hysteresis.take(answer, slot.health().isDown());
    schedule.first = false;
    table.checked(slot, counts, schedule.hysteresis.failures(), took);
  }

  private void plan(Schedule schedule) {
    boolean ill = schedule.hysteresis.failures() > 0 || schedule.slot.health().isDown();
    Duration interval = ill ? schedule.options.intervalWhileDown() : schedule.options.interval();
    planAt(schedule, deadlines.now() + jittered(interval));
  }

  private long jittered(Duration interval) {
    return Math.round(interval.toNanos() * (1 + JITTER * (2 * random.nextDouble() - 1)));
  }

  private void planAt(Schedule schedule, long at) {
    due.remove(schedule);
    schedule.dueAt = at;
    due.add(schedule);
    setTimer();
  }

  /** Something else has said how the service is: bad news is to be followed up soon. */
  void hurry(Slot slot) {
    Schedule schedule = schedules.isEmpty() ? null : schedules.get(slot);
    if (schedule == null || !slot.health().isDown() || !schedule.mayBegin()) {
      return;
    }
    long soon = deadlines.now() + schedule.options.intervalWhileDown().toNanos();
    if (Alarm.before(soon, schedule.dueAt)) {
      planAt(schedule, soon);
    }
  }

  /** Has the program's own functions judge anew. */
  void judge() {
    for (Schedule judge : judges) {
      if (judge.mayBegin()) {
        due.remove(judge);
        begin(judge);
      } else {
        judge.again |= judge.isUnderWay();
      }
    }
  }
}
