package dev.srun;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * How well every service is, dependencies included. Written by the supervisor alone: what follows
 * from one report is worked out in one go, so that nobody is told that a service is well which
 * depends on one that is not.
 */
final class HealthTable {
  private static final Comparator<HealthEntry> IN_ORDER =
      Comparator.comparingInt(HealthEntry::index);

  private final Program program;
  private final Moment moment;
  private final HealthBus bus;
  private final OverallHealth overall;
  private boolean news;

  /**
   * Links the services with those they depend on.
   *
   * @param slots in the order of registration
   */
  HealthTable(Program program, Moment moment, List<Slot> slots) {
    this.program = program;
    this.moment = moment;
    this.bus = program.wellbeing().bus();
    List<HealthEntry> entries = new ArrayList<>(slots.size());
    boolean linked = false;
    for (Slot slot : slots) {
      HealthEntry entry = slot.health();
      entry.index(entries.size());
      entries.add(entry);
      linked |= !slot.definition().dependsOn().isEmpty();
    }
    if (linked) {
      link(entries);
    }
    this.overall = new OverallHealth(entries);
    program.wellbeing().is(overall);
    bus.serves(entries);
  }

  private static void link(List<HealthEntry> entries) {
    Map<String, HealthEntry> byName = HashMap.newHashMap(entries.size());
    for (HealthEntry entry : entries) {
      for (String name : entry.slot().definition().dependsOn()) {
        entry.dependsOn(byName.get(name));
      }
      byName.put(entry.name(), entry);
    }
  }

  OverallHealth overall() {
    return overall;
  }

  /** Whether a service's health has changed since this was asked; a judgement is no such. */
  boolean takeNews() {
    boolean had = news;
    news = false;
    return had;
  }

  // What happens to a service

  /** The service is RUNNING and, where it is checked, was found able to work. */
  void admitted(Slot slot) {
    long now = moment.nanoTime();
    slot.health().admit(now);
    slot.health().takeReport();
    update(slot.health(), now);
  }

  /** The service's stop has begun. */
  void left(Slot slot) {
    update(slot.health(), moment.nanoTime());
  }

  /** The service has said how well it is. */
  void reported(Slot slot) {
    HealthEntry entry = slot.health();
    long at = entry.takeReport();
    if (at != Alarm.NEVER && !slot.isStopping()) {
      update(entry, at);
    }
  }

  /**
   * A check has ended.
   *
   * @param health what counts from here on; null if that is what counted before
   * @param failures how many have failed in a row
   */
  void checked(Slot slot, @Nullable Health health, int failures, Duration took) {
    HealthEntry entry = slot.health();
    Instant now = moment.timeOfDay();
    Instant staleFrom = now.plus(slot.definition().health().staleAfter());
    entry.checked(new HealthEntry.LastCheck(now, took, staleFrom), failures);
    if (health != null) {
      entry.says(health, HealthSource.CHECK);
    }
    update(entry, moment.nanoTime());
  }

  // What follows from it

  /**
   * Works out anew how well a service is, and those that depend on it: each once, since none is
   * registered before those it depends on.
   *
   * @param at since when that could be told
   */
  private void update(HealthEntry changed, long at) {
    Instant now = moment.timeOfDay();
    ServiceHealth before = changed.published();
    if (!publish(changed, now, at)) {
      return;
    }
    news |= !changed.isJudge();
    List<ServiceHealth> affected = List.of();
    if (!changed.dependents().isEmpty()) {
      affected = new ArrayList<>();
      TreeSet<HealthEntry> open = new TreeSet<>(IN_ORDER);
      open.addAll(changed.dependents());
      while (!open.isEmpty()) {
        HealthEntry next = open.removeFirst();
        if (publish(next, now, at)) {
          affected.add(next.now());
          open.addAll(next.dependents());
        }
      }
    }
    log(changed, before, affected);
  }

  /** True if there is something new to tell of the service, which is then on its way. */
  private boolean publish(HealthEntry entry, Instant now, long at) {
    HealthStatus before = entry.status();
    boolean isNew = entry.publish(combined(entry), now, at);
    if (isNew) {
      overall.moved(entry, before);
      bus.publish(entry);
    }
    return isNew;
  }

  private static CombinedHealth combined(HealthEntry entry) {
    if (entry.dependencies().isEmpty()) {
      return CombinedHealth.of(entry.own());
    }
    List<ServiceHealth> dependencies = new ArrayList<>(entry.dependencies().size());
    for (HealthEntry dependency : entry.dependencies()) {
      dependencies.add(dependency.now());
    }
    return CombinedHealth.of(
        entry.own(), dependencies, entry.slot().definition().health().required());
  }

  /** Another reason is told as well, but not every one of a service that always has another. */
  private Level level(HealthEntry entry, HealthStatus before, HealthStatus now) {
    if (now == before) {
      return entry.mayTellReason(moment.nanoTime()) ? Level.INFO : Level.DEBUG;
    }
    return now == HealthStatus.HEALTHY ? Level.INFO : Level.WARNING;
  }

  private void log(
      HealthEntry changed, @Nullable ServiceHealth published, List<ServiceHealth> affected) {
    ServiceHealth now = changed.now();
    HealthStatus was = published == null ? HealthStatus.STOPPED : published.status();
    boolean isAMoveOfState =
        now.status() == HealthStatus.STOPPED
            || (was == HealthStatus.STOPPED && now.status() == HealthStatus.HEALTHY);
    if (isAMoveOfState) {
      return; // which is told as such
    }
    Level level = level(changed, was, now.status());
    if (program.log().isLoggable(level)) {
      String line = HealthText.news(changed.orBeforeAnything(published), now, affected);
      program.log().say(level, program.loggerName(changed.slot()), line, null);
    }
  }
}
