package dev.srun;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Starts stage after stage, first to last; a stage is begun when all of the one before is RUNNING,
 * which it is when it was warmed up, and, where it is checked, has passed its first check. Used by
 * the supervisor alone; no method waits.
 */
final class StartSequence {
  private static final Set<Phase> WARM_UP = EnumSet.of(Phase.WARM_UP);

  private final Program program;
  private final List<List<Slot>> stages;
  private final PhaseThreads threads;
  private final Transitions transitions;
  private final Deadlines deadlines;
  private final Findings findings;
  private final HealthChecks checks;
  private final HealthTable health;
  private final Set<Slot> withheld = new LinkedHashSet<>();
  private final Deque<List<Slot>> released = new ArrayDeque<>();
  private int current = -1;
  private int pending;
  private boolean releasing;
  private @Nullable ReadyRetries retries;

  StartSequence(
      Program program,
      List<List<Slot>> stages,
      PhaseThreads threads,
      Transitions transitions,
      Deadlines deadlines,
      Findings findings,
      HealthChecks checks,
      HealthTable health) {
    this.program = program;
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

  /**
   * Does not begin what must not run twice, nor what depends on it, before it is {@linkplain
   * #release released}. Called before the first stage.
   */
  void withhold() {
    Set<String> names = new HashSet<>();
    for (List<Slot> stage : stages) {
      for (Slot slot : stage) {
        Definition definition = slot.definition();
        if (definition.exclusive() || !Collections.disjoint(definition.dependsOn(), names)) {
          withheld.add(slot);
          names.add(slot.name());
        }
      }
    }
  }

  /** Whether something is not begun that will be. */
  boolean withholds() {
    return !withheld.isEmpty();
  }

  /** Has what was withheld begin, stage by stage, when all the others are RUNNING. */
  void release() {
    for (List<Slot> stage : stages) {
      List<Slot> its = new ArrayList<>(stage);
      its.retainAll(withheld);
      if (!its.isEmpty()) {
        released.add(its);
      }
    }
    withheld.clear();
    releasing = !released.isEmpty();
  }

  /** Whether what was withheld is being begun. */
  boolean isReleasing() {
    return releasing;
  }

  /** All that was withheld is RUNNING. */
  void isComplete() {
    releasing = false;
  }

  /** Begins the next stage; false if there is none left and every service is RUNNING. */
  boolean beginNext() {
    List<Slot> stage = next();
    if (stage == null) {
      return false;
    }
    pending = stage.size();
    for (Slot slot : stage) {
      begin(slot);
    }
    return true;
  }

  private void begin(Slot slot) {
    transitions.move(slot, ServiceState.INITIATING);
    deadlines.limit(slot, slot.definition().initTimeout());
    threads.initThenRun(slot, deadlines.now());
    slot.progress(Slot.Progress.BEGUN);
  }

  /**
   * Begins what the setup owns, where a stop comes before its turn, so that it is closed with what
   * was started. Nothing is begun after it.
   */
  void beginWhatSetupOwns() {
    for (int i = current + 1; i < stages.size(); i++) {
      Slot slot = stages.get(i).getFirst();
      if (slot.name().equals(Registry.SETUP)) {
        current = i;
        begin(slot);
        return;
      }
    }
  }

  private @Nullable List<Slot> next() {
    if (current == stages.size() - 1) {
      return released.poll();
    }
    current++;
    List<Slot> stage = stages.get(current);
    if (withheld.isEmpty()) {
      return stage;
    }
    List<Slot> others = new ArrayList<>(stage);
    others.removeAll(withheld);
    return others;
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
      ready(slot);
      return;
    }
    deadlines.limit(slot, slot.definition().readyTimeout());
    if (slot.definition().implemented().ready()) {
      threads.call(slot, Phase.READY, deadlines.now());
    } else if (slot.context().hasSaidReady()) {
      ready(slot); // said before run was entered, by a thread that init started
    }
  }

  /** Run has returned or has said that it is ready; it counts where ready is not implemented. */
  void runSaidReady(Slot slot) {
    if (!slot.definition().implemented().ready()) {
      ready(slot);
    }
  }

  /** Whether a service that was not ready is asked again after a pause; its limit goes on. */
  boolean asksAgain(Slot slot, Thrown thrown) {
    Failure failure = thrown.failure();
    boolean asksAgain =
        failure.phase() == Phase.READY
            && slot.definition().readyPause().isPositive()
            && slot.state() == ServiceState.STARTING
            && failure.error() instanceof Exception
            && !thrown.endedWait();
    if (asksAgain) {
      ReadyRetries known = retries == null ? new ReadyRetries(program, deadlines) : retries;
      retries = known;
      known.pause(slot, failure);
    }
    return asksAgain;
  }

  /** Asks the services whose pause is over whether they are ready by now. */
  void askAgain(long now) {
    if (retries != null) {
      for (Slot slot : retries.takeDue(now)) {
        if (slot.state() == ServiceState.STARTING && !slot.isStopping()) {
          threads.call(slot, Phase.READY, now);
        }
      }
    }
  }

  /** The service is ready; it is RUNNING, too, where it is not warmed up first. */
  void ready(Slot slot) {
    if (slot.state() == ServiceState.STARTING && !isWarmingUp(slot)) {
      deadlines.clear(slot);
      slot.isReady(deadlines.now());
      if (warmsUp(slot)) {
        deadlines.limit(slot, program.settings().warmUpTimeout());
        threads.call(slot, Phase.WARM_UP, deadlines.now());
      } else {
        running(slot);
      }
    }
  }

  /**
   * As long as another program serves, time costs nobody anything; what may not run beside it
   * starts when it no longer does.
   */
  private boolean warmsUp(Slot slot) {
    return slot.definition().implemented().warmUp()
        && switch (program.settings().warmUp()) {
          case UPGRADE -> program.upgrades().takesOver() && !releasing;
          case ALWAYS -> true;
          case OFF -> false;
        };
  }

  boolean isWarmingUp(Slot slot) {
    return slot.state() == ServiceState.STARTING && slot.call(Phase.WARM_UP) != null;
  }

  /** The warm-up has ended, however it did; without effect where nobody waited for it any more. */
  void warmedUp(Slot slot) {
    if (slot.state() == ServiceState.STARTING) {
      deadlines.clear(slot);
      running(slot);
    }
  }

  /** The limit of a warm-up has passed: the start goes on, whether or not it ever ends. */
  void warmUpIsLate(Slot slot) {
    Duration limit = program.settings().warmUpTimeout();
    program
        .log()
        .warning(
            program.loggerName(slot),
            Failures.tooLong(Phase.WARM_UP, slot.name(), limit) + "; the start goes on");
    threads.interrupt(slot, WARM_UP);
    warmedUp(slot);
  }

  private void running(Slot slot) {
    transitions.move(slot, ServiceState.RUNNING);
    slot.context().isRunning();
    if (!checks.beginFirst(slot)) {
      admit(slot);
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
            ? slot.name()
                + " was not ready after "
                + Durations.text(limit)
                + ": its run neither returned nor called ctx.ready()"
            : Failures.tooLong(phase, slot.name(), limit);
    Failure inPause = retries == null ? null : retries.lateInPause(slot, message);
    if (inPause == null) {
      findings.passedLimit(slot, phase, new TimeoutException(message));
    } else {
      findings.failed(inPause);
    }
  }
}
