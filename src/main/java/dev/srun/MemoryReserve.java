package dev.srun;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Memory kept from the start, to be given back when a service has used up the heap, so that there
 * is enough to stop the others and to say so.
 */
final class MemoryReserve {
  private static final int PIECES = 8;

  /** Small enough to be an ordinary object for every collector. */
  private static final int PIECE = 64 * 1024;

  private final AtomicReference<byte @Nullable [][]> kept =
      new AtomicReference<>(new byte[PIECES][PIECE]);

  /** Gives the memory back, once. */
  void release() {
    kept.set(null);
  }

  boolean isReleased() {
    return kept.get() == null;
  }
}
