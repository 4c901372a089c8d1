package dev.srun.upgrade;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * When each client that keeps a connection with a replaced process is told to open a new one: one
 * after the other, since the new process is cold. Any thread; without a lock.
 */
final class CloseTurns {
  private static final int TURNS = 1 << 16;
  private static final int GOLDEN = 40_503; // TURNS by the golden ratio

  private final LongSupplier nanoTime;
  private final long since;
  private final long over;
  private final AtomicInteger nameless = new AtomicInteger();

  /**
   * The first turn comes now.
   *
   * @param over when the last one comes; zero for all at once
   */
  CloseTurns(Duration over, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.since = nanoTime.getAsLong();
    this.over = over.toNanos();
  }

  /**
   * Whether it is the client's turn, or was. Multiplied by the golden ratio, numbers that are close
   * to one another, as ports of one client are, are spread far from one another.
   */
  boolean hasCome(@Nullable SocketAddress client) {
    if (over == 0) {
      return true;
    }
    int number =
        client instanceof InetSocketAddress inet ? inet.getPort() : nameless.incrementAndGet();
    return (nanoTime.getAsLong() - since) / (over / TURNS + 1) >= ((number * GOLDEN) & (TURNS - 1));
  }
}
