package dev.srun.bench;

import dev.srun.Health;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jctools.queues.SpscArrayQueue;

/**
 * A lock-free queue and a virtual thread for each subscriber, which parks while its queue is empty.
 */
final class JctoolsBus implements Bus {
  private final List<Queue<Health>> queues;
  private final List<Thread> threads;

  JctoolsBus(List<Consumer<Health>> subscribers) {
    queues =
        Stream.<Queue<Health>>generate(() -> new SpscArrayQueue<>(BusKind.CAPACITY))
            .limit(subscribers.size())
            .toList();
    threads = Threads.each(subscribers.size(), i -> takeAll(queues.get(i), subscribers.get(i)));
  }

  private static void takeAll(Queue<Health> queue, Consumer<Health> subscriber) {
    while (!Thread.currentThread().isInterrupted()) {
      Health next = queue.poll();
      if (next == null) {
        LockSupport.park();
      } else {
        subscriber.accept(next);
      }
    }
  }

  @Override
  public void publish(Health health) {
    for (int i = 0; i < queues.size(); i++) {
      while (!queues.get(i).offer(health)) {
        Thread.yield();
      }
      LockSupport.unpark(threads.get(i));
    }
  }

  @Override
  public void close() {
    threads.forEach(Thread::interrupt);
  }
}
