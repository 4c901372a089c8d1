package dev.srun.bench;

import java.util.List;
import java.util.stream.IntStream;

/** The virtual threads of a bus's subscribers, which end when they are interrupted. */
final class Threads {
  private Threads() {}

  /** What a subscriber's thread does. */
  @FunctionalInterface
  interface Body {
    void run(int subscriber) throws InterruptedException;
  }

  static List<Thread> each(int subscribers, Body body) {
    return IntStream.range(0, subscribers)
        .mapToObj(i -> Thread.ofVirtual().start(() -> untilInterrupted(body, i)))
        .toList();
  }

  private static void untilInterrupted(Body body, int subscriber) {
    try {
      body.run(subscriber);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
