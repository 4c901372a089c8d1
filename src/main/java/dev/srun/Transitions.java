package dev.srun;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * Moves states, and tells the log, the listeners and the health table. Used by the supervisor
 * alone.
 */
final class Transitions {
  private final Program program;
  private final Moment moment;
  private final StateFeed feed;
  private final HealthTable health;

  Transitions(Program program, Moment moment, StateFeed feed, HealthTable health) {
    this.program = program;
    this.moment = moment;
    this.feed = feed;
    this.health = health;
  }

  void move(Slot slot, ServiceState next) {
    Instant now = moment.timeOfDay();
    ServiceState from = slot.move(next, now);
    if (feed.hasListeners()) {
      feed.offer(new StateChange(slot.name(), from, next, now));
    }
    if (from == ServiceState.RUNNING) {
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
      for (Slot slot : stage) {
        if (slot.isStopping() && !slot.isOver()) {
          noteStop(slot);
          return;
        }
      }
    }
  }

  /** Notes for the next run that this service is being stopped now. */
  void noteStopping(Slot slot) {
    if (program.blackBox().isOn() && !slot.isOver()) {
      noteStop(slot);
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
    StringBuilder detail = new StringBuilder(" after ");
    detail.append(Durations.text(Duration.ofNanos(moment.nanoTime() - slot.begunAt())));
    for (Map.Entry<String, String> fact : slot.context().facts().entrySet()) {
      detail.append(", ").append(fact.getKey()).append('=').append(fact.getValue());
    }
    return detail.toString();
  }
}
