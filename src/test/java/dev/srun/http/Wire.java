package dev.srun.http;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** One connection of a client, with everything in sight that a client library hides. */
public final class Wire implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 20_000;

  private final Socket socket = new Socket();
  private final InputStream in;

  /** An answer that was read to its end. */
  public record Answer(int status, Map<String, String> headers, String body) {
    public String header(String name) {
      return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
    }

    public boolean saysClose() {
      return header("Connection").equalsIgnoreCase("close");
    }
  }

  public Wire(InetSocketAddress address) throws IOException {
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.setTcpNoDelay(true);
    socket.connect(address, PATIENCE_MILLIS);
    in = new BufferedInputStream(socket.getInputStream());
  }

  /** Asks once on a connection of its own. */
  public static Answer get(HttpListener http, String path) throws IOException {
    return ask(http, "GET", path);
  }

  public static Answer ask(HttpListener http, String method, String path) throws IOException {
    try (Wire wire = new Wire(http.address())) {
      return wire.request(method, path).answer(method);
    }
  }

  /** Sends bytes as they are. */
  public Wire send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    return this;
  }

  public Wire request(String method, String path) throws IOException {
    return send(method + " " + path + " HTTP/1.1\r\nHost: t\r\n\r\n");
  }

  public Wire post(String path, String body) throws IOException {
    int length = body.getBytes(StandardCharsets.UTF_8).length;
    return send(
        "POST " + path + " HTTP/1.1\r\nHost: t\r\nContent-Length: " + length + "\r\n\r\n" + body);
  }

  public Answer answer() throws IOException {
    return answer("GET");
  }

  /**
   * Reads one answer.
   *
   * @throws IOException if it breaks off
   */
  public Answer answer(String method) throws IOException {
    String[] start = line().split(" ", 3);
    int status = Integer.parseInt(start[1]);
    Map<String, String> headers = new TreeMap<>();
    for (String header = line(); !header.isEmpty(); header = line()) {
      String[] parts = header.split(":", 2);
      headers.put(parts[0].strip().toLowerCase(Locale.ROOT), parts[1].strip());
    }
    byte[] body = method.equals("HEAD") ? new byte[0] : body(headers);
    return new Answer(status, headers, new String(body, StandardCharsets.UTF_8));
  }

  private byte[] body(Map<String, String> headers) throws IOException {
    if (headers.getOrDefault("transfer-encoding", "").equalsIgnoreCase("chunked")) {
      return chunks();
    }
    return exactly(Integer.parseInt(headers.getOrDefault("content-length", "0")));
  }

  private byte[] chunks() throws IOException {
    java.io.ByteArrayOutputStream all = new java.io.ByteArrayOutputStream();
    for (int size = chunkSize(); size > 0; size = chunkSize()) {
      all.write(exactly(size));
      line();
    }
    line();
    return all.toByteArray();
  }

  private int chunkSize() throws IOException {
    return Integer.parseInt(line(), 16);
  }

  private byte[] exactly(int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("the body ended after " + bytes.length + " of " + length);
    }
    return bytes;
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c == -1) {
        throw new EOFException("the connection ended after '" + line + "'");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  /** Whether this side has not closed it. */
  public boolean isOpen() {
    return !socket.isClosed();
  }

  /** Sends one request with these headers, such as {@code Host: t}, and nothing else. */
  public Wire request(String method, String path, List<String> headers) throws IOException {
    return send(method + " " + path + " HTTP/1.1\r\n" + String.join("\r\n", headers) + "\r\n\r\n");
  }

  /** Waits until the other side has closed the connection, without a byte more. */
  public boolean isClosedByServer() {
    try {
      return in.read() == -1;
    } catch (java.net.SocketTimeoutException open) {
      return false;
    } catch (IOException reset) {
      return true;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
