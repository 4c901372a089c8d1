package dev.srun.bench;

import com.google.common.eventbus.AsyncEventBus;
import com.google.common.eventbus.Subscribe;
import dev.srun.Health;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/** Guava's bus, which has each delivery made by a virtual thread of its own. */
final class EventBusBus implements Bus {
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final AsyncEventBus events = new AsyncEventBus(executor);

  EventBusBus(List<Consumer<Health>> subscribers) {
    subscribers.forEach(each -> events.register(new Subscriber(each)));
  }

  @Override
  public void publish(Health health) {
    events.post(health);
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }

  /** Not a record: equal ones would be one subscriber. */
  static final class Subscriber {
    private final Consumer<Health> consumer;

    Subscriber(Consumer<Health> consumer) {
      this.consumer = consumer;
    }

    @Subscribe
    public void on(Health health) {
      consumer.accept(health);
    }
  }
}
