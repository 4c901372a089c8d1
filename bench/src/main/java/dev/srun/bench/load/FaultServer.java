package dev.srun.bench.load;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A server that goes wrong as it is told. */
final class FaultServer implements AutoCloseable {

  /** What it does with a connection, on a thread of its own; it is closed afterwards. */
  @FunctionalInterface
  interface Behaviour {
    void serve(Peer peer) throws IOException, InterruptedException;
  }

  /** A connection, seen from the server. */
  record Peer(Socket socket) {

    /** Waits for a request and takes it in; returns its method, path and body. */
    String request() throws IOException {
      StringBuilder head = new StringBuilder();
      InputStream in = socket.getInputStream();
      while (head.indexOf("\r\n\r\n") < 0) {
        int next = in.read();
        if (next < 0) {
          throw new EOFException();
        }
        head.append((char) next);
      }
      int length = head.indexOf("Content-Length: ");
      int bytes =
          length < 0
              ? 0
              : Integer.parseInt(
                  head.substring(
                      length + "Content-Length: ".length(), head.indexOf("\r\n", length)));
      return head.substring(0, head.indexOf(" HTTP"))
          + " "
          + new String(in.readNBytes(bytes), StandardCharsets.US_ASCII);
    }

    /** Waits for a request and leaves it unread. */
    void unreadRequest() throws IOException {
      while (socket.getInputStream().available() == 0) {
        Thread.onSpinWait();
      }
    }

    void write(String text) throws IOException {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    void answer(int status, String headers, String body) throws IOException {
      write(
          "HTTP/1.1 %d Said\r\n%sContent-Length: %d\r\n\r\n%s"
              .formatted(status, headers, body.length(), body));
    }

    /** Has the connection reset when it is closed. */
    void resetAtClose() throws IOException {
      socket.setSoLinger(true, 0);
    }
  }

  private final ServerSocket listener;
  private final Behaviour behaviour;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

  FaultServer(Behaviour behaviour) throws IOException {
    this.behaviour = behaviour;
    this.listener = new ServerSocket(0, 1_000, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  InetSocketAddress address() {
    return new InetSocketAddress(listener.getInetAddress(), listener.getLocalPort());
  }

  private void accept() {
    try {
      while (!listener.isClosed()) {
        Socket socket = listener.accept();
        sockets.add(socket);
        Thread.ofPlatform().daemon().start(() -> serve(socket));
      }
    } catch (IOException e) {
      // Closed, which is the end.
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      behaviour.serve(new Peer(socket));
    } catch (IOException | InterruptedException e) {
      // The client is gone, or the check is over.
    } finally {
      sockets.remove(socket);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
