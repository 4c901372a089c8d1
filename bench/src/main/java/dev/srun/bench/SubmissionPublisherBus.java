package dev.srun.bench;

import dev.srun.Health;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.SubmissionPublisher;
import java.util.function.Consumer;

/** The JDK's publisher, whose buffers are drained by virtual threads as long as they have any. */
final class SubmissionPublisherBus implements Bus {
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final SubmissionPublisher<Health> publisher =
      new SubmissionPublisher<>(executor, BusKind.CAPACITY);

  SubmissionPublisherBus(List<Consumer<Health>> subscribers) {
    subscribers.forEach(each -> publisher.subscribe(new Subscriber(each)));
  }

  @Override
  public void publish(Health health) {
    publisher.submit(health);
  }

  @Override
  public void close() {
    publisher.close();
    executor.shutdownNow();
  }

  /** Not a record: of equal ones only the first would be subscribed. */
  private static final class Subscriber implements Flow.Subscriber<Health> {
    private final Consumer<Health> consumer;

    Subscriber(Consumer<Health> consumer) {
      this.consumer = consumer;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(Health health) {
      consumer.accept(health);
    }

    @Override
    public void onError(Throwable error) {}

    @Override
    public void onComplete() {}
  }
}
