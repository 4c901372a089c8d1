package dev.srun;

import java.util.concurrent.atomic.AtomicReference;

/**
 * Who is the supervisor: the virtual thread that begins as it, or the platform thread that takes
 * over where that one is kept from running. The first holds it only while it handles a message,
 * never while it waits, so that it can be taken between two messages.
 */
final class Baton {

  private enum Held {
    BY_NOBODY,
    BY_THE_FIRST,
    BY_THE_SECOND
  }

  private final AtomicReference<Held> held = new AtomicReference<>(Held.BY_NOBODY);

  /** Called by the first before each message; false if the second has taken it for good. */
  boolean hold() {
    return held.compareAndSet(Held.BY_NOBODY, Held.BY_THE_FIRST);
  }

  void release() {
    held.set(Held.BY_NOBODY);
  }

  /** Takes it for the second; false if the first is in the middle of a message. */
  boolean take() {
    return held.compareAndSet(Held.BY_NOBODY, Held.BY_THE_SECOND);
  }

  /** Undoes {@link #take} where there was no thread to go on with. */
  void giveBack() {
    held.set(Held.BY_NOBODY);
  }

  boolean isTaken() {
    return held.get() == Held.BY_THE_SECOND;
  }
}
