package dev.srun;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Moves states, and tells the log, the listeners and the health table. Used by the supervisor
 * alone.
 */
final class Transitions {
  private final Program program;
  private final StateFeed feed;
  private final HealthTable health;

  Transitions(Program program, StateFeed feed, HealthTable health) {
    this.program = program;
    this.feed = feed;
    this.health = health;
  }

  void move(Slot slot, ServiceState next) {
    StateChange change = slot.move(next, program.host().now());
    feed.offer(change);
    if (change.from() == ServiceState.RUNNING) {
      health.left(slot);
    }
    boolean landmark = next == ServiceState.RUNNING || next == ServiceState.STOPPED;
    Level level = landmark ? Level.INFO : Level.DEBUG;
    if (program.log().isLoggable(level)) {
      program.log().say(level, program.loggerName(slot), next + detail(slot, next), null);
    }
  }

  /** Notes for the next run whose stop this one has come to: the first of these not over. */
  void noteStop(List<Slot> stage) {
    if (program.blackBox().isOn()) {
      stage.stream()
          .filter(slot -> slot.isStopping() && !slot.isOver())
          .findFirst()
          .ifPresent(this::noteStop);
    }
  }

  private void noteStop(Slot slot) {
    long since = slot.limitSetAt();
    Duration budget = Duration.ofNanos(slot.deadline() - since);
    program.blackBox().stopping("the stop of " + slot.name(), budget, since);
  }

  private String detail(Slot slot, ServiceState next) {
    if (next != ServiceState.RUNNING) {
      return "";
    }
    Duration took = Duration.ofNanos(program.host().nanoTime() - slot.begunAt());
    String facts =
        slot.context().facts().entrySet().stream()
            .map(fact -> ", " + fact.getKey() + "=" + fact.getValue())
            .collect(Collectors.joining());
    return " after " + Durations.text(took) + facts;
  }
}
