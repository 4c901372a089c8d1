package dev.srun.bench;

import dev.srun.Health;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/** The buses that are compared. */
public enum BusKind {
  /** srun's, by its public API. */
  SRUN(SrunBus::new),
  /** The measure of all: an ArrayBlockingQueue and a virtual thread for each subscriber. */
  BLOCKING_QUEUE(BlockingQueueBus::new),
  /** The same behind one more queue and thread: what srun's supervisor would cost without work. */
  RELAYED_QUEUE(subscribers -> new BlockingQueueBus(new BlockingQueueBus(subscribers))),
  /** A JCTools queue and a virtual thread for each subscriber. */
  JCTOOLS(JctoolsBus::new),
  /** LMAX Disruptor with the blocking wait, a virtual thread for each subscriber. */
  DISRUPTOR(DisruptorBus::new),
  /** The JDK's SubmissionPublisher on virtual threads. */
  SUBMISSION_PUBLISHER(SubmissionPublisherBus::new),
  /** Guava's AsyncEventBus, a virtual thread for each delivery. */
  EVENT_BUS(EventBusBus::new),
  /** The floor: the publisher calls every subscriber itself. */
  DIRECT(subscribers -> health -> subscribers.forEach(each -> each.accept(health)));

  /** How many messages wait for one subscriber, at most, where that can be chosen. */
  static final int CAPACITY = 256;

  private final Function<List<Consumer<Health>>, Bus> opening;

  BusKind(Function<List<Consumer<Health>>, Bus> opening) {
    this.opening = opening;
  }

  Bus open(List<Consumer<Health>> subscribers) {
    return opening.apply(subscribers);
  }
}
