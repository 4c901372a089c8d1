package dev.srun;

import dev.srun.Slot.Patience;
import dev.srun.Slot.Progress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * Stops stage after stage, from the one begun last to the first; a stage's turn comes when all of
 * the one after is over. Used by the supervisor alone; no method waits.
 *
 * <p>Three rungs: each service is asked to stop in its turn; in overtime everything left is asked
 * at once and what was asked before is interrupted; at the end what still does not end is left
 * behind.
 */
final class StopSequence {

  /** How long a half-started service has after its interrupt before what it owns is closed. */
  static final Duration HALF_STARTED = Duration.ofMillis(500);

  /** How long a service has after the interrupt at its own stop limit. */
  static final Duration AFTER_INTERRUPT = Duration.ofMillis(500);

  private final List<List<Slot>> stages;
  private final PhaseThreads threads;
  private final Transitions transitions;
  private final Deadlines deadlines;
  private final Consumer<Failure> failed;
  private int current;
  private int pendingInStage;
  private int pending;
  private boolean begun;
  private long budgetEnd = Alarm.NEVER;
  private boolean overtime;

  StopSequence(
      List<List<Slot>> stages,
      PhaseThreads threads,
      Transitions transitions,
      Deadlines deadlines,
      Consumer<Failure> failed) {
    this.stages = stages;
    this.threads = threads;
    this.transitions = transitions;
    this.deadlines = deadlines;
    this.failed = failed;
  }

  /** Begins with the given stage; every stop has until {@code budgetEnd}. */
  void begin(int lastStage, long budgetEnd) {
    this.budgetEnd = budgetEnd;
    begun = true;
    current = lastStage + 1;
    pending = left().size();
    beginStages();
  }

  /** Whether everything that was begun is over. */
  boolean isOver() {
    return begun && pending == 0;
  }

  /** Begins stages until one has something to wait for. */
  private void beginStages() {
    while (!overtime && pendingInStage == 0 && current > 0) {
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
      interruptCalls(slot);
      limit(slot, HALF_STARTED);
    } else {
      callStop(slot);
    }
    closeIfEnded(slot);
  }

  private void callStop(Slot slot) {
    if (slot.state() == ServiceState.INITIATING) { // run was entered, the message is on its way
      transitions.move(slot, ServiceState.INITIATED);
      transitions.move(slot, ServiceState.STARTING);
    }
    transitions.move(slot, ServiceState.SHUTTING_DOWN);
    Slot.Call ready = slot.calls().get(Phase.READY);
    if (ready != null) {
      threads.interrupt(List.of(ready.thread()));
    }
    limit(slot, slot.definition().stopTimeout());
    if (slot.definition().implemented().stop()) {
      threads.stop(slot);
    } else {
      interruptCalls(slot);
    }
  }

  /**
   * A call of the service has ended: goes on with it, and with the next stage if it was the last.
   */
  void proceed(Slot slot) {
    closeIfEnded(slot);
    beginStages();
  }

  private void closeIfEnded(Slot slot) {
    if (!slot.isStopping()) {
      return;
    }
    if (!slot.calls().isEmpty()) {
      if (isGivenUpAndClosed(slot)) {
        over(slot);
      }
    } else if (slot.progress() == Progress.STOPPING && beginsToClose(slot)) {
      slot.patience(Patience.WAITING);
      limit(slot, slot.definition().stopTimeout());
    } else if (slot.state() != ServiceState.STOPPED) {
      transitions.move(slot, ServiceState.STOPPED);
      over(slot);
    }
  }

  private static boolean isGivenUpAndClosed(Slot slot) {
    return slot.patience() == Patience.GIVEN_UP
        && slot.progress() == Progress.CLOSING
        && !slot.calls().containsKey(Phase.CLOSE);
  }

  /** Has what the service owns closed, once; false if that is done or there is nothing. */
  private boolean beginsToClose(Slot slot) {
    if (slot.progress() != Progress.STOPPING || slot.context().owned().closeIfEmpty()) {
      return false;
    }
    slot.progress(Progress.CLOSING);
    threads.close(slot);
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
  }

  /** The service's own limit has passed, or the time that it had after an interrupt. */
  void late(Slot slot) {
    deadlines.clear(slot);
    if (slot.isOver() || overtime) {
      return;
    }
    switch (slot.patience()) {
      case WAITING -> {
        failed.accept(lateStop(slot));
        slot.patience(Patience.INTERRUPTED);
        interruptCalls(slot);
        limit(slot, AFTER_INTERRUPT);
      }
      case INTERRUPTED -> {
        slot.patience(Patience.GIVEN_UP);
        if (beginsToClose(slot)) {
          limit(slot, AFTER_INTERRUPT);
        } else {
          over(slot); // with a call that has not ended: a straggler
        }
      }
      case GIVEN_UP -> over(slot);
    }
    beginStages();
  }

  /** Limits the service's stop, within the budget of all. */
  private void limit(Slot slot, Duration limit) {
    deadlines.limitAt(slot, Deadlines.earlier(deadlines.at(limit), budgetEnd));
  }

  private Failure lateStop(Slot slot) {
    Phase phase = lastPhase(slot);
    TimeoutException error =
        new TimeoutException(
            "%s of %s took longer than %s"
                .formatted(phase, slot.name(), Durations.text(slot.definition().stopTimeout())));
    Slot.Call call = slot.calls().get(phase);
    if (call != null) {
      error.setStackTrace(call.thread().getStackTrace());
    }
    return Failures.of(slot.name(), phase, error);
  }

  /** The call that holds the service up: its close or stop, else its run. */
  static Phase lastPhase(Slot slot) {
    return List.copyOf(slot.calls().keySet()).getLast();
  }

  /** Asks all that is left to stop, last first and without waiting, and interrupts the rest. */
  void beginOvertime(long end) {
    overtime = true;
    budgetEnd = end;
    for (Slot slot : left()) {
      if (slot.isStopping()) {
        interruptCalls(slot);
        deadlines.limitAt(slot, end);
      } else {
        beginStop(slot);
      }
    }
  }

  /** Near the end of overtime: interrupts everything and closes what is owned, ended or not. */
  void closeAll() {
    for (Slot slot : left()) {
      interruptCalls(slot);
      beginsToClose(slot);
    }
  }

  /** Every service that was begun and is not over, the last first. */
  private List<Slot> left() {
    List<Slot> left = new ArrayList<>();
    for (List<Slot> stage : stages.reversed()) {
      for (Slot slot : stage.reversed()) {
        if (slot.isBegun() && !slot.isOver()) {
          left.add(slot);
        }
      }
    }
    return left;
  }

  private void interruptCalls(Slot slot) {
    if (!slot.calls().isEmpty()) {
      threads.interrupt(slot.calls().values().stream().map(Slot.Call::thread).toList());
    }
  }
}
