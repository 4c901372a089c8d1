package dev.srun;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Memory kept to be given back when a service has used up the heap, so that there is enough to stop
 * the others and to say so. It is made when a program has run for a while, so that a short one does
 * not pay for it.
 */
final class MemoryReserve {

  /** More than two regions of G1 in a small heap: less does not give it a free one. */
  private static final int PIECES = 40;

  /** Small enough to be an ordinary object for every collector. */
  private static final int PIECE = 64 * 1024;

  private final AtomicReference<byte @Nullable [][]> kept = new AtomicReference<>();
  private final AtomicReference<byte @Nullable []> taken = new AtomicReference<>();

  void make() {
    kept.set(new byte[PIECES][PIECE]);
  }

  /**
   * Takes some for a moment, more than what the calling thread may have set aside for itself.
   *
   * @throws OutOfMemoryError if there is none
   */
  void look() {
    taken.set(new byte[PIECE]); // kept, or the compiler may leave it out
    taken.set(null);
  }

  /** Gives the memory back. */
  void release() {
    kept.set(null);
  }
}
