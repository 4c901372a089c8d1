package dev.srun.bench;

import com.lmax.disruptor.BlockingWaitStrategy;
import com.lmax.disruptor.EventHandler;
import com.lmax.disruptor.dsl.Disruptor;
import com.lmax.disruptor.dsl.ProducerType;
import dev.srun.Health;
import java.util.List;
import java.util.function.Consumer;

/** One ring that every subscriber reads, each with a virtual thread that waits on a lock. */
final class DisruptorBus implements Bus {

  /** A place in the ring. */
  private static final class Cell {
    Health health = Health.healthy();
  }

  private final Disruptor<Cell> disruptor;

  DisruptorBus(List<Consumer<Health>> subscribers) {
    disruptor =
        new Disruptor<>(
            Cell::new,
            BusKind.CAPACITY,
            Thread.ofVirtual().factory(),
            ProducerType.SINGLE,
            new BlockingWaitStrategy());
    for (Consumer<Health> subscriber : subscribers) {
      EventHandler<Cell> handler = (cell, sequence, last) -> subscriber.accept(cell.health);
      disruptor.handleEventsWith(handler);
    }
    disruptor.start();
  }

  @Override
  public void publish(Health health) {
    disruptor.publishEvent((cell, sequence) -> cell.health = health);
  }

  @Override
  public void close() {
    disruptor.halt();
  }
}
