package dev.srun;

import org.jspecify.annotations.Nullable;

/**
 * Messages to one reader, in order. Looking and waiting are two steps, so that whoever waits holds
 * no message: another can take its place without losing one.
 */
interface Mailbox<T> {

  /** Adds a message and wakes the reader; any thread, and never waits. */
  void post(T message);

  /** Takes the next message; null if there is none. */
  @Nullable T poll();

  boolean isEmpty();

  /** Whether a message waits that is not equal to this one; any thread. */
  boolean hasOtherThan(T message);

  /** Waits until there may be a message. Called by the reader. */
  void await() throws InterruptedException;

  /** Takes the next message as soon as there is one. */
  default T take() throws InterruptedException {
    T message = poll();
    while (message == null) {
      await();
      message = poll();
    }
    return message;
  }
}
