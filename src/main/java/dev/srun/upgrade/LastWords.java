package dev.srun.upgrade;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * What a child logs, on its way to its parent, which tells of it if the child fails. Whoever logs
 * does not wait; what finds no room is left out.
 */
final class LastWords {
  private static final int CAPACITY = 256;

  /** The line that is empty is the end. */
  private final BlockingQueue<Optional<Message.Said>> waiting = new ArrayBlockingQueue<>(CAPACITY);

  private volatile boolean over;

  void add(String line) {
    if (!over) {
      waiting.offer(Optional.of(new Message.Said(line)));
    }
  }

  /** Tells them, one after the other, until {@link #end} or until nobody listens. */
  void tell(Inheritance to) throws InterruptedException {
    try {
      Optional<Message.Said> line = waiting.take();
      while (line.isPresent()) {
        to.tell(line.get());
        line = waiting.take();
      }
    } catch (IOException nobodyListens) {
      // As it is when the parent has gone.
    } finally {
      over = true;
      waiting.clear();
    }
  }

  /** There are no more: the parent needs none. */
  void end() {
    if (!over) {
      over = true;
      try {
        waiting.offer(Optional.empty(), 1, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
