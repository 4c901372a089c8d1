package dev.srun.http;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The end of a listener that answers what is in flight, and tells clients that keep their
 * connection before it closes that: with the answer to their next request.
 */
final class Farewell implements AutoCloseable {

  /** How long a client has for its next request, and how recent the last one must be for that. */
  private static final long NEXT_REQUEST_NANOS = Duration.ofSeconds(1).toNanos();

  /** How often it looks whether anybody is still connected. */
  private static final long LOOK_NANOS = Duration.ofMillis(5).toNanos();

  private final InFlight inFlight;
  private final InetSocketAddress address;
  private final boolean tellsClients;
  private final long end;
  private @Nullable SelfRequest own;

  /**
   * Begins now.
   *
   * @param address where the listener listens
   * @param tellsClients whether there may be clients that do not know yet
   * @param limit how long it may take
   */
  Farewell(InFlight inFlight, InetSocketAddress address, boolean tellsClients, Duration limit) {
    this.inFlight = inFlight;
    this.address = address;
    this.tellsClients = tellsClients;
    this.end = System.nanoTime() + TimeUnit.NANOSECONDS.convert(limit);
  }

  /** Whether all is answered and told. */
  boolean isOver() {
    return inFlight.count() == 0 && !waitsForRequests();
  }

  /** Sees to it that the server goes on answering when it accepts no more; false if it cannot. */
  boolean keepsAnswering(HttpServer server) throws InterruptedException {
    try {
      SelfRequest request = new SelfRequest(address);
      own = request;
      return request.send(server);
    } catch (IOException notConnected) {
      return false;
    }
  }

  /** Waits until it is over; false if the limit came before all was answered. */
  boolean await() throws InterruptedException {
    boolean answered = inFlight.awaitNone(untilEnd());
    while (answered && waitsForRequests()) {
      LockSupport.parkNanos(this, LOOK_NANOS);
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      answered = inFlight.awaitNone(untilEnd());
    }
    return answered;
  }

  private Duration untilEnd() {
    return Duration.ofNanos(end - System.nanoTime());
  }

  private boolean waitsForRequests() {
    return tellsClients
        && end - System.nanoTime() > 0
        && inFlight.wasUsedWithin(NEXT_REQUEST_NANOS)
        && inFlight.drainsFor() < NEXT_REQUEST_NANOS
        && hasConnections();
  }

  /** Also true where the system does not say. */
  private boolean hasConnections() {
    SelfRequest request = own;
    int except = request == null ? 0 : request.port();
    try {
      return TcpTable.ofSystem().hasConnections(address.getPort(), except);
    } catch (IOException unknown) {
      return true;
    }
  }

  @Override
  public void close() {
    SelfRequest request = own;
    own = null;
    if (request != null) {
      try {
        request.close();
      } catch (IOException e) {
        throw new UncheckedIOException("the request of a listener to itself", e);
      }
    }
  }
}
