package dev.srun.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * A request that a listener sends to itself and never answers. A jdk.httpserver that is stopped
 * accepts no more, and goes on answering on the connections it has for as long as a request is in
 * flight: this is that request. It needs no thread once it has arrived.
 */
final class SelfRequest implements AutoCloseable {

  /** How long it may take to connect, and to arrive. A server that is as busy as that gets none. */
  private static final int ARRIVES_WITHIN_MILLIS = 250;

  private final String path = "/" + Long.toHexString(ThreadLocalRandom.current().nextLong());
  private final InetSocketAddress listener;
  private final CountDownLatch arrived = new CountDownLatch(1);
  private final SocketChannel channel;

  /**
   * A request that is not sent yet.
   *
   * @param listener where the server listens
   */
  SelfRequest(InetSocketAddress listener) throws IOException {
    this.listener = listener;
    this.channel = SocketChannel.open();
  }

  /** Sends it; false if it does not arrive in time. */
  boolean send(HttpServer server) throws IOException, InterruptedException {
    server.createContext(path, this::leaveUnanswered);
    InetAddress bound = listener.getAddress();
    InetAddress address = bound.isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : bound;
    Socket socket = channel.socket();
    socket.connect(new InetSocketAddress(address, listener.getPort()), ARRIVES_WITHIN_MILLIS);
    String request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    return arrived.await(ARRIVES_WITHIN_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void leaveUnanswered(HttpExchange exchange) {
    if (channel.isOpen()) {
      arrived.countDown();
    } else {
      exchange.close(); // too late: nobody waits for it
    }
  }

  /** The port of this end, by which its connection can be told from those of clients. */
  int port() {
    return channel.socket().getLocalPort();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
