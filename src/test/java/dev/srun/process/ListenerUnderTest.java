package dev.srun.process;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Where a program listens on the loopback address, as its clients see it. */
record ListenerUnderTest(int port) {

  /** How long an answer may take, and a connection before it. */
  static final Duration PATIENCE = Duration.ofSeconds(10);

  /** An answer; the last one of its connection where the server said so. */
  record Answer(int status, String body, boolean last) {
    @Override
    public String toString() {
      return status + " " + body.strip();
    }
  }

  /** Asks on a connection of its own. */
  Answer get(String path) throws IOException {
    return get(path, PATIENCE);
  }

  /**
   * Asks on a connection of its own.
   *
   * @throws IOException if the connection is refused or breaks off, or if it takes too long
   */
  Answer get(String path, Duration limit) throws IOException {
    try (Connection connection = new Connection(limit)) {
      return connection.ask("GET", path);
    }
  }

  Answer put(String path) throws IOException {
    try (Connection connection = new Connection(PATIENCE)) {
      return connection.ask("PUT", path);
    }
  }

  Answer post(String path) throws IOException {
    try (Connection connection = new Connection(PATIENCE)) {
      return connection.ask("POST", path);
    }
  }

  /** One connection, which is kept alive if the server does so. */
  final class Connection implements AutoCloseable {
    private final Socket socket = new Socket();
    private final InputStream in;

    Connection(Duration limit) throws IOException {
      int millis = Math.toIntExact(limit.toMillis());
      try {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), millis);
        socket.setSoTimeout(millis);
        in = new BufferedInputStream(socket.getInputStream());
      } catch (IOException e) {
        socket.close();
        throw e;
      }
    }

    Answer ask(String method, String path) throws IOException {
      String request =
          "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: 0\r\n\r\n"
              .formatted(method, path, port);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      int status = Integer.parseInt(line().split(" ", 3)[1]);
      int length = 0;
      boolean last = false;
      for (String header = line(); !header.isEmpty(); header = line()) {
        String lower = header.toLowerCase(java.util.Locale.ROOT);
        if (lower.startsWith("content-length:")) {
          length = Integer.parseInt(lower.substring(15).strip());
        }
        last |= lower.equals("connection: close");
      }
      byte[] body = in.readNBytes(length);
      if (body.length < length) {
        throw new EOFException("the body ended after " + body.length + " of " + length);
      }
      return new Answer(status, new String(body, StandardCharsets.UTF_8), last);
    }

    /** Waits for the end that the server makes; what it says before would be a failure. */
    boolean isClosedByTheServer() throws IOException {
      return in.read() == -1;
    }

    private String line() throws IOException {
      StringBuilder line = new StringBuilder();
      for (int c = in.read(); c != '\n'; c = in.read()) {
        if (c == -1) {
          throw new EOFException("the connection ended after '" + line + "'");
        }
        line.append((char) c);
      }
      return line.toString().strip();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
