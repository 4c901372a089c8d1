package dev.srun;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;

/**
 * Tells subscribers of changes. The supervisor publishes and waits for nobody: each subscriber has
 * a queue of its own, in which a service stands once at most.
 */
final class HealthBus {
  private final Program program;
  private final Latency deliveries = new Latency();
  private final LongAdder missed = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final List<HealthSubscriber> ofAll = new CopyOnWriteArrayList<>();
  private final Map<HealthEntry, List<HealthSubscriber>> ofSome = new ConcurrentHashMap<>();

  private volatile Map<String, HealthEntry> services = Map.of();

  HealthBus(Program program) {
    this.program = program;
  }

  /** The services are known: one may subscribe to them, in the order of the map. */
  void serves(Map<String, HealthEntry> byName) {
    services = byName;
  }

  /** Has a change on its way to whoever asked for it. */
  void publish(HealthEntry entry) {
    for (HealthSubscriber subscriber : ofAll) {
      subscriber.offer(entry);
    }
    List<HealthSubscriber> some = ofSome.isEmpty() ? null : ofSome.get(entry);
    if (some != null) {
      some.forEach(subscriber -> subscriber.offer(entry));
    }
  }

  /**
   * Subscribes a service's listener, which is told of everything asked for as it is now.
   *
   * @param names of services; none stands for all
   */
  HealthSubscription subscribe(Slot owner, Collection<String> names, HealthListener listener) {
    List<HealthEntry> entries = names.isEmpty() ? List.copyOf(services.values()) : named(names);
    HealthSubscriber subscriber =
        new HealthSubscriber(this, program, owner, listener, entries, names.isEmpty());
    subscriber.start();
    return subscriber;
  }

  private List<HealthEntry> named(Collection<String> names) {
    List<HealthEntry> entries = new ArrayList<>();
    for (String name : names) {
      HealthEntry entry = services.get(name);
      if (entry == null) {
        throw new IllegalArgumentException(
            "no service '%s' to subscribe to; there are %s".formatted(name, known()));
      }
      if (!entries.contains(entry)) {
        entries.add(entry);
      }
    }
    return entries;
  }

  private List<String> known() {
    return services.keySet().stream().limit(50).toList();
  }

  void add(HealthSubscriber subscriber) {
    if (subscriber.takesAll()) {
      ofAll.add(subscriber);
    } else {
      for (HealthEntry entry : subscriber.entries()) {
        ofSome.computeIfAbsent(entry, none -> new CopyOnWriteArrayList<>()).add(subscriber);
      }
    }
  }

  void remove(HealthSubscriber subscriber) {
    if (subscriber.takesAll()) {
      ofAll.remove(subscriber);
    } else {
      for (HealthEntry entry : subscriber.entries()) {
        ofSome.getOrDefault(entry, List.of()).remove(subscriber);
      }
    }
  }

  // Figures

  Latency deliveries() {
    return deliveries;
  }

  LongAdder missed() {
    return missed;
  }

  LongAdder failures() {
    return failures;
  }
}
