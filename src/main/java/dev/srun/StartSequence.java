package dev.srun;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;

/**
 * Starts stage after stage, first to last; a stage is begun when all of the one before is RUNNING
 * and, where it is checked, has passed its first check. Used by the supervisor alone; no method
 * waits.
 */
final class StartSequence {
  private final List<List<Slot>> stages;
  private final PhaseThreads threads;
  private final Transitions transitions;
  private final Deadlines deadlines;
  private final Findings findings;
  private final HealthChecks checks;
  private final HealthTable health;
  private int current = -1;
  private int pending;

  StartSequence(
      List<List<Slot>> stages,
      PhaseThreads threads,
      Transitions transitions,
      Deadlines deadlines,
      Findings findings,
      HealthChecks checks,
      HealthTable health) {
    this.stages = stages;
    this.threads = threads;
    this.transitions = transitions;
    this.deadlines = deadlines;
    this.findings = findings;
    this.checks = checks;
    this.health = health;
  }

  /** The index of the stage that was begun last; -1 before the first. */
  int current() {
    return current;
  }

  /** Begins the next stage; false if there is none left and every service is RUNNING. */
  boolean beginNext() {
    current++;
    if (current == stages.size()) {
      current--;
      return false;
    }
    List<Slot> stage = stages.get(current);
    pending = stage.size();
    for (Slot slot : stage) {
      transitions.move(slot, ServiceState.INITIATING);
      deadlines.limit(slot, slot.definition().initTimeout());
      threads.initThenRun(slot);
      slot.progress(Slot.Progress.BEGUN);
    }
    return true;
  }

  /** Whether every service of the current stage is RUNNING and has passed its first check. */
  boolean stageIsRunning() {
    return pending == 0;
  }

  /** Init has returned and run is being called. */
  void entered(Slot slot) {
    transitions.move(slot, ServiceState.INITIATED);
    transitions.move(slot, ServiceState.STARTING);
    if (slot.definition().kind().isTask()) {
      running(slot);
      return;
    }
    deadlines.limit(slot, slot.definition().readyTimeout());
    if (slot.definition().implemented().ready()) {
      threads.ready(slot);
    } else if (slot.context().hasSaidReady()) {
      running(slot); // said before run was entered, by a thread that init started
    }
  }

  /** Run has returned or has said that it is ready; it counts where ready is not implemented. */
  void runSaidReady(Slot slot) {
    if (!slot.definition().implemented().ready()) {
      running(slot);
    }
  }

  void running(Slot slot) {
    if (slot.state() == ServiceState.STARTING) {
      deadlines.clear(slot);
      slot.isReady(deadlines.now());
      transitions.move(slot, ServiceState.RUNNING);
      slot.context().isRunning();
      if (!checks.beginFirst(slot)) {
        admit(slot);
      }
    }
  }

  /** The service is RUNNING and was found able to work: others may rely on it. */
  void admit(Slot slot) {
    pending--;
    health.admitted(slot);
  }

  /** The limit of a starting service has passed: who is late, in what, and where it stands. */
  void late(Slot slot) {
    boolean inInit = slot.state() == ServiceState.INITIATING;
    Phase phase = inInit ? Phase.INIT : Phase.READY;
    Definition definition = slot.definition();
    Duration limit = inInit ? definition.initTimeout() : definition.readyTimeout();
    boolean silent = !inInit && !definition.implemented().ready();
    String message =
        silent
            ? "%s was not ready after %s: its run neither returned nor called ctx.ready()"
                .formatted(slot.name(), Durations.text(limit))
            : Failures.tooLong(phase, slot.name(), limit);
    findings.passedLimit(slot, phase, new TimeoutException(message));
  }
}
