package dev.srun.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The end of a listener that answers what is in flight, and tells clients that keep their
 * connection before it closes that: with the answer to their next request.
 *
 * @param address where it listens
 * @param tellsClients whether there may be clients that do not know yet
 */
record Farewell(InFlight inFlight, InetSocketAddress address, boolean tellsClients) {

  /** How long a client has for its next request, and how recent the last one must be for that. */
  private static final long NEXT_REQUEST_NANOS = Duration.ofSeconds(1).toNanos();

  /** How often it looks whether anybody is still connected. */
  private static final long LOOK_NANOS = Duration.ofMillis(5).toNanos();

  /** Waits until all is answered and told; false if the limit came before all was answered. */
  boolean await(Duration limit) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.NANOSECONDS.convert(limit);
    boolean answered = inFlight.awaitNone(limit);
    while (answered && waitsForRequests(end)) {
      LockSupport.parkNanos(this, LOOK_NANOS);
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      answered = inFlight.awaitNone(Duration.ofNanos(end - System.nanoTime()));
    }
    return answered;
  }

  private boolean waitsForRequests(long end) {
    long now = System.nanoTime();
    return tellsClients
        && end - now > 0
        && inFlight.wasUsedWithin(NEXT_REQUEST_NANOS)
        && inFlight.drainsFor() < NEXT_REQUEST_NANOS
        && hasConnections();
  }

  /** Also true where the system does not say. */
  private boolean hasConnections() {
    try {
      return TcpTable.ofSystem().hasConnections(address.getPort());
    } catch (IOException unknown) {
      return true;
    }
  }
}
