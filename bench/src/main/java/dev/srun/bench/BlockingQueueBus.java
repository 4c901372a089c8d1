package dev.srun.bench;

import dev.srun.Health;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** A queue and a virtual thread for each subscriber. */
final class BlockingQueueBus implements Bus {
  private final List<BlockingQueue<Health>> queues;
  private final List<Thread> threads;
  private final Runnable onClose;

  BlockingQueueBus(List<Consumer<Health>> subscribers) {
    this(subscribers, () -> {});
  }

  private BlockingQueueBus(List<Consumer<Health>> subscribers, Runnable onClose) {
    this.onClose = onClose;
    queues =
        Stream.<BlockingQueue<Health>>generate(() -> new ArrayBlockingQueue<>(BusKind.CAPACITY))
            .limit(subscribers.size())
            .toList();
    threads =
        Threads.each(
            subscribers.size(),
            i -> {
              while (true) {
                subscribers.get(i).accept(queues.get(i).take());
              }
            });
  }

  /** Puts a relay with a queue and a thread of its own before another bus. */
  BlockingQueueBus(Bus behind) {
    this(List.of(behind::publish), behind::close);
  }

  @Override
  public void publish(Health health) {
    try {
      for (BlockingQueue<Health> queue : queues) {
        queue.put(health);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    threads.forEach(Thread::interrupt);
    onClose.run();
  }
}
