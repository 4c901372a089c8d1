package dev.srun;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

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

  private volatile List<HealthEntry> services = List.of();
  private volatile @Nullable Map<String, HealthEntry> byName;

  HealthBus(Program program) {
    this.program = program;
  }

  /** The services are known: one may subscribe to them, in this order. */
  void serves(List<HealthEntry> entries) {
    services = entries;
  }

  /** Has a change on its way to whoever asked for it. */
  void publish(HealthEntry entry) {
    for (HealthSubscriber subscriber : ofAll) {
      subscriber.offer(entry);
    }
    List<HealthSubscriber> some = ofSome.isEmpty() ? null : ofSome.get(entry);
    if (some != null) {
      for (HealthSubscriber subscriber : some) {
        subscriber.offer(entry);
      }
    }
  }

  /**
   * Subscribes a service's listener, which is told of everything asked for as it is now.
   *
   * @param names of services; none stands for all
   */
  HealthSubscription subscribe(Slot owner, Collection<String> names, HealthListener listener) {
    List<HealthEntry> entries = names.isEmpty() ? List.copyOf(services) : named(names);
    HealthSubscriber subscriber =
        new HealthSubscriber(this, program, owner, listener, entries, names.isEmpty());
    subscriber.start();
    return subscriber;
  }

  private List<HealthEntry> named(Collection<String> names) {
    List<HealthEntry> entries = new ArrayList<>();
    for (String name : names) {
      HealthEntry entry = byName().get(name);
      if (entry == null) {
        throw new IllegalArgumentException(
            "no service %s to subscribe to; there are %s".formatted(Quoted.of(name), known()));
      }
      if (!entries.contains(entry)) {
        entries.add(entry);
      }
    }
    return entries;
  }

  /** Made when the first asks by a name: most programs have none who does. */
  private Map<String, HealthEntry> byName() {
    Map<String, HealthEntry> known = byName;
    if (known == null) {
      known = HashMap.newHashMap(services.size());
      for (HealthEntry entry : services) {
        known.put(entry.name(), entry);
      }
      byName = known;
    }
    return known;
  }

  private List<String> known() {
    return services.stream().limit(50).map(HealthEntry::name).toList();
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
