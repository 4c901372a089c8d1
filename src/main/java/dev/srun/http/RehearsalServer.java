package dev.srun.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A server for the time of a rehearsal, on a loopback port of its own: the listener's may not
 * answer yet. It serves one client, which it knows by its address. While that is connected nobody
 * else can have the same, so that no secret has to be shared.
 */
final class RehearsalServer implements AutoCloseable {
  private static final InetAddress LOOPBACK = loopback();

  /** How long a handler may go on when the rehearsal is over without being interrupted. */
  private static final Duration AFTER_THE_LAST = Duration.ofMillis(250);

  private final HttpServer server;
  private final InFlight inFlight;
  private final Answering answering;
  private volatile @Nullable InetSocketAddress client;

  /**
   * Starts it.
   *
   * @param guard what answers the client
   * @param inFlight what counts its requests
   * @param answering where they are answered; closed with the server
   */
  RehearsalServer(Guard guard, InFlight inFlight, Answering answering) throws IOException {
    this.inFlight = inFlight;
    this.answering = answering;
    this.server = HttpServer.create(anyPort(), 0);
    server.createContext("/", exchange -> answer(exchange, guard));
    server.setExecutor(answering);
    server.start();
  }

  private static InetAddress loopback() {
    try {
      return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    } catch (IOException e) {
      throw new AssertionError("four bytes are an address", e);
    }
  }

  static InetSocketAddress anyPort() {
    return new InetSocketAddress(LOOPBACK, 0);
  }

  InetSocketAddress address() {
    return server.getAddress();
  }

  /** Serves the client that has this address, and nobody else. */
  void serve(InetSocketAddress only) {
    client = only;
  }

  private void answer(HttpExchange exchange, Guard guard) {
    if (exchange.getRemoteAddress().equals(client)) {
      guard.handle(exchange);
    } else {
      exchange.close();
    }
  }

  /** Waits until the handlers have returned, as long as that may take. */
  void awaitHandlers() throws InterruptedException {
    inFlight.awaitNone(AFTER_THE_LAST);
  }

  @Override
  public void close() {
    server.stop(0);
    answering.close();
  }
}
