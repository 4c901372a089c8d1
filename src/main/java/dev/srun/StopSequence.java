package dev.srun;

import dev.srun.Slot.Patience;
import dev.srun.Slot.Progress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeoutException;

/**
 * Stops stage after stage, from the one begun last to the first; a stage's turn comes when all of
 * the one after is over. Used by the supervisor alone; no method waits.
 *
 * <p>Three rungs: each service is asked to stop in its turn; in overtime everything left is asked
 * at once and what was asked before is interrupted; at the end what still does not end is left
 * behind. Where some of the grace is reserved, the stages that may spend it are a leg of their own:
 * the first leg climbs its rungs before the second begins.
 */
final class StopSequence {

  /** How long a half-started service has after its interrupt before what it owns is closed. */
  static final Duration HALF_STARTED = Duration.ofMillis(500);

  /** How long a service has after the interrupt at its own stop limit. */
  static final Duration AFTER_INTERRUPT = Duration.ofMillis(500);

  /** What a stage has at least while virtual threads make no progress. */
  private static final long LEAST_SHARE = Duration.ofMillis(100).toNanos();

  /** What a service that is RUNNING may be in without being held up by it. */
  private static final Set<Phase> BESIDE = EnumSet.of(Phase.WARM_UP, Phase.CHECK);

  /** What nobody needs an answer of any more. */
  private static final Set<Phase> POINTLESS = EnumSet.of(Phase.READY, Phase.WARM_UP, Phase.CHECK);

  private static final Set<Phase> RUN = EnumSet.of(Phase.RUN);

  /** What is told that the drain begins goes on beside the stop. */
  private static final Set<Phase> OF_RUN = EnumSet.complementOf(EnumSet.of(Phase.DRAIN));

  /** What a service counts, in the plural. */
  private static final String PIECES = "pieces of work";

  private final List<List<Slot>> stages;
  private final PhaseThreads threads;
  private final Transitions transitions;
  private final Deadlines deadlines;
  private final Findings findings;

  /** Those whose counted work is waited for before their run is interrupted. */
  private final Set<Slot> working = new HashSet<>(0);

  /** Those whose run was not ready: its end is waited for before stop is called. */
  private final Set<Slot> starting = new HashSet<>(0);

  private int current;
  private int floor;
  private int pendingInStage;
  private int pending;
  private boolean begun;
  private boolean overtime;
  private boolean stalled;
  private long budgetEnd = Alarm.NEVER;

  StopSequence(
      List<List<Slot>> stages,
      PhaseThreads threads,
      Transitions transitions,
      Deadlines deadlines,
      Findings findings) {
    this.stages = stages;
    this.threads = threads;
    this.transitions = transitions;
    this.deadlines = deadlines;
    this.findings = findings;
  }

  /**
   * Begins the first leg.
   *
   * @param lastStage the stage that was begun last
   * @param reserved how many stages, from the first on, may spend the reserve: the second leg
   * @param budgetEnd when every stop of the leg must be over
   */
  void begin(int lastStage, int reserved, long budgetEnd) {
    begun = true;
    current = lastStage + 1;
    floor = Math.min(reserved, current);
    beginLeg(budgetEnd);
  }

  /** Begins the second leg; what the first has left behind is given up. */
  void beginSecondLeg(long end) {
    for (Slot slot : left()) {
      slot.progress(Progress.OVER);
    }
    floor = 0;
    overtime = false;
    beginLeg(end);
  }

  boolean hasSecondLeg() {
    return floor > 0;
  }

  private void beginLeg(long end) {
    budgetEnd = end;
    pendingInStage = 0;
    pending = left().size();
    beginStages();
  }

  /** Whether everything of this leg that was begun is over. */
  boolean isOver() {
    return begun && pending == 0;
  }

  /** Begins stages until one has something to wait for. */
  private void beginStages() {
    while (!overtime && pendingInStage == 0 && current > floor) {
      current--;
      List<Slot> stage = stages.get(current);
      for (Slot slot : stage) {
        pendingInStage += slot.isBegun() ? 1 : 0;
      }
      for (Slot slot : stage) {
        if (slot.isBegun()) {
          beginStop(slot);
        }
      }
    }
  }

  private void beginStop(Slot slot) {
    slot.progress(Progress.STOPPING);
    if (slot.forbidRun()) {
      slot.patience(Patience.INTERRUPTED);
      threads.interrupt(slot);
      limit(slot, HALF_STARTED);
    } else {
      callStop(slot);
    }
    transitions.noteStopping(slot);
    closeIfEnded(slot);
  }

  private void callStop(Slot slot) {
    if (slot.state() == ServiceState.INITIATING) { // run was entered, the message is on its way
      slot.ended(Phase.INIT, deadlines.now());
      transitions.move(slot, ServiceState.INITIATED);
      transitions.move(slot, ServiceState.STARTING);
    }
    boolean starts = slot.state() == ServiceState.STARTING && !slot.context().hasSaidReady();
    transitions.move(slot, ServiceState.SHUTTING_DOWN);
    threads.interrupt(slot, POINTLESS);
    limit(slot, slot.definition().stopTimeout());
    if (starts && slot.definition().implemented().stop() && slot.call(Phase.RUN) != null) {
      threads.interrupt(slot, RUN);
      starting.add(slot);
      slot.halfStarted(true);
      limitWithin(slot, slot.context().remaining().toNanos() / 2);
    } else if (slot.definition().implemented().stop()) {
      threads.call(slot, Phase.STOP, deadlines.now());
    } else if (slot.context().workInFlight() > 0) {
      working.add(slot);
      limitWithin(slot, slot.context().remaining().toNanos());
    } else {
      threads.interrupt(slot, OF_RUN);
    }
  }

  /** Gives what comes first a part of the time that the stop has. */
  private void limitWithin(Slot slot, long nanos) {
    deadlines.moveLimit(slot, Deadlines.earlier(deadlines.now() + nanos, slot.deadline()));
  }

  /** Goes back to the time that the stop has. */
  private void limitAgain(Slot slot) {
    limit(slot, slot.definition().stopTimeout(), slot.limitSetAt());
  }

  /**
   * What the stop has waited for before it interrupts run, or before it calls stop, has had its
   * time; false if it waits for nothing of that kind.
   */
  private boolean goesOnWithout(Slot slot) {
    if (cutsOffWork(slot)) {
      interruptRun(slot);
      return true;
    }
    boolean starts = starting.remove(slot);
    if (starts) {
      stopStarted(slot);
    }
    return starts;
  }

  /** The work that the service has counted has had its time; false if there is none. */
  private boolean cutsOffWork(Slot slot) {
    boolean works = working.remove(slot);
    if (works) {
      findings.cutOff(slot, new CutOffException(PIECES, slot.context().workInFlight()));
    }
    return works;
  }

  /** What was being started has ended, or has had its time: now it is stopped. */
  private void stopStarted(Slot slot) {
    threads.call(slot, Phase.STOP, deadlines.now());
    limitAgain(slot);
  }

  /** Nothing of the service is in flight any more: what it waited for that is interrupted. */
  void workEnded(Slot slot) {
    if (slot.context().workInFlight() == 0 && working.remove(slot)) {
      interruptRun(slot);
      proceed(slot);
    }
  }

  private void interruptRun(Slot slot) {
    threads.interrupt(slot, OF_RUN);
    limitAgain(slot);
  }

  /**
   * A call of the service has ended: goes on with it, and with the next stage if it was the last.
   */
  void proceed(Slot slot) {
    closeIfEnded(slot);
    beginStages();
  }

  /**
   * A call of the service will not come back, and nobody is to wait for it: sees to what it would
   * have done.
   */
  void proceedWithout(Slot slot, Phase phase) {
    if (phase == Phase.CLOSE && slot.context().owned().abandonClosing()) {
      threads.call(slot, Phase.CLOSE, deadlines.now());
    } else if (phase == Phase.STOP) {
      threads.interrupt(slot);
    }
    proceed(slot);
  }

  private void closeIfEnded(Slot slot) {
    if (!slot.isStopping() || working.contains(slot)) {
      return;
    }
    if (slot.call(Phase.RUN) == null && starting.remove(slot)) {
      stopStarted(slot);
      return;
    }
    if (slot.isCalled()) {
      if (isGivenUpAndClosed(slot)) {
        over(slot);
      } else if (onlyWhatIsBesideIsLeft(slot)) {
        slot.patience(Patience.INTERRUPTED);
        moveLimit(slot);
      }
    } else if (slot.progress() == Progress.STOPPING && beginsToClose(slot)) {
      slot.patience(Patience.WAITING);
      limit(slot, slot.definition().stopTimeout());
    } else if (slot.state() != ServiceState.STOPPED) {
      transitions.move(slot, ServiceState.STOPPED);
      over(slot);
    }
  }

  /** Which was interrupted when the stop began. */
  private static boolean onlyWhatIsBesideIsLeft(Slot slot) {
    if (slot.patience() != Patience.WAITING) {
      return false;
    }
    for (Slot.Call call = slot.firstCall(); call != null; call = call.next()) {
      if (!BESIDE.contains(call.phase())) {
        return false;
      }
    }
    return true;
  }

  private static boolean isGivenUpAndClosed(Slot slot) {
    return slot.patience() == Patience.GIVEN_UP
        && slot.progress() == Progress.CLOSING
        && slot.call(Phase.CLOSE) == null;
  }

  /** Has what the service owns closed, once; false if that is done or there is nothing. */
  private boolean beginsToClose(Slot slot) {
    if (slot.progress() != Progress.STOPPING || slot.context().closeIfNothingIsOwned()) {
      return false;
    }
    slot.progress(Progress.CLOSING);
    threads.call(slot, Phase.CLOSE, deadlines.now());
    return true;
  }

  private void over(Slot slot) {
    deadlines.clear(slot);
    if (slot.isOver()) {
      return; // given up before, and it has ended after all
    }
    slot.progress(Progress.OVER);
    pending--;
    pendingInStage--;
    transitions.noteStop(stages.get(current));
  }

  /** The service's own limit has passed, or the time that it had after an interrupt. */
  void late(Slot slot) {
    if (slot.isOver() || overtime) {
      deadlines.clear(slot);
      return;
    }
    if (goesOnWithout(slot)) {
      proceed(slot);
      return;
    }
    if (!isAlive(slot)) {
      moveLimit(slot); // it has ended, and the message is on its way
      return;
    }
    switch (slot.patience()) {
      case WAITING -> {
        tellLate(slot);
        slot.patience(Patience.INTERRUPTED);
        threads.interrupt(slot);
        moveLimit(slot);
      }
      case INTERRUPTED -> {
        findings.report(slot, Findings.lastPhase(slot));
        slot.patience(Patience.GIVEN_UP);
        if (beginsToClose(slot)) {
          moveLimit(slot);
        } else {
          over(slot); // with a call that has not ended: a straggler
        }
      }
      case GIVEN_UP -> over(slot);
    }
    beginStages();
  }

  /** Whether a call of the service is still being made. */
  private static boolean isAlive(Slot slot) {
    for (Slot.Call call = slot.firstCall(); call != null; call = call.next()) {
      Thread thread = call.thread();
      if (thread == null || thread.isAlive()) {
        return true;
      }
    }
    return false;
  }

  /** Its own limit is the service's fault; its share of the budget is just all there was. */
  private void tellLate(Slot slot) {
    Phase phase = Findings.lastPhase(slot);
    Duration had = Duration.ofNanos(slot.deadline() - slot.limitSetAt());
    if (had.compareTo(slot.definition().stopTimeout()) < 0) {
      findings.report(slot, phase);
      findings.forced();
      return;
    }
    String message =
        switch (phase) {
          case STOP, CLOSE -> Failures.tooLong(phase, slot.name(), had);
          case SETUP, INIT, RUN, READY, WARM_UP, CHECK, DRAIN ->
              slot.name()
                  + " was still in "
                  + phase
                  + " "
                  + Durations.text(had)
                  + " after its stop was called";
        };
    findings.passedLimit(slot, phase, new TimeoutException(message));
  }

  /** Limits the service's stop, within the budget of all. */
  private void limit(Slot slot, Duration limit) {
    limit(slot, limit, deadlines.now());
  }

  private void limit(Slot slot, Duration limit, long since) {
    long now = deadlines.now();
    long end = Deadlines.earlier(since + limit.toNanos(), budgetEnd);
    long most = stalled ? Deadlines.earlier(end, now + share(now)) : end;
    deadlines.limitAt(slot, since, Alarm.before(most, now) ? now : most);
  }

  /** What the service has after an interrupt. */
  private void moveLimit(Slot slot) {
    long now = deadlines.now();
    long limit = AFTER_INTERRUPT.toNanos();
    long end = now + (stalled ? Math.min(limit, share(now)) : limit);
    deadlines.moveLimit(slot, Deadlines.earlier(end, budgetEnd));
  }

  /**
   * What a stage may take of what is left of the budget while virtual threads make no progress:
   * what runs on one will not end by being waited for, and the other services need the time. Half
   * of an equal part, since another half may be taken after the interrupt.
   */
  private long share(long now) {
    return Math.max(LEAST_SHARE, (budgetEnd - now) / (2L * (current - floor + 1)));
  }

  /** Says whether virtual threads make progress. */
  void stalled(boolean now) {
    stalled = now;
    for (Slot slot : left()) {
      if (slot.isStopping() && slot.patience() == Patience.WAITING && !overtime) {
        limitAgain(slot);
      }
    }
  }

  /** Asks all that is left to stop, last first and without waiting, and interrupts the rest. */
  void beginOvertime(long end, boolean ofAll) {
    overtime = true;
    budgetEnd = end;
    if (ofAll && floor > 0) {
      floor = 0;
      pending = left().size();
    }
    for (Slot slot : left()) {
      if (slot.isStopping()) {
        if (goesOnWithout(slot)) {
          closeIfEnded(slot);
        }
        if (isAlive(slot)) {
          findings.report(slot, Findings.lastPhase(slot));
        }
        threads.interrupt(slot);
        deadlines.moveLimit(slot, end);
      } else {
        beginStop(slot);
      }
    }
    current = floor; // every stage of this leg was begun
  }

  /** Near the end of overtime: interrupts everything and closes what is owned, ended or not. */
  void closeAll() {
    for (Slot slot : left()) {
      cutsOffWork(slot);
      threads.interrupt(slot);
      beginsToClose(slot);
    }
  }

  /** Every service of this leg that was begun and is not over, the last first. */
  private List<Slot> left() {
    List<Slot> left = new ArrayList<>();
    for (int i = stages.size() - 1; i >= floor; i--) {
      for (Slot slot : stages.get(i).reversed()) {
        if (slot.isBegun() && !slot.isOver()) {
          left.add(slot);
        }
      }
    }
    return left;
  }
}
