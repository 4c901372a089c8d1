package dev.srun.http;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpPrincipal;
import dev.srun.ListeningSocket;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Objects;

/**
 * An exchange that says {@code Connection: close} when its listener drains at the moment of the
 * answer, sends no body to HEAD, and knows whether it was answered.
 */
final class GuardedExchange extends HttpExchange implements AutoCloseable {
  private final HttpExchange exchange;
  private final ListeningSocket socket;
  private final InFlight inFlight;
  private final RequestLimit limit;
  private final boolean rehearsed;
  private volatile boolean lostClient;

  GuardedExchange(
      HttpExchange exchange,
      ListeningSocket socket,
      InFlight inFlight,
      RequestLimit limit,
      boolean rehearsed) {
    this.exchange = exchange;
    this.socket = socket;
    this.inFlight = inFlight;
    this.limit = limit;
    this.rehearsed = rehearsed;
  }

  /**
   * Whether reading from the client or writing to it has failed, so that nobody is to blame here.
   */
  boolean hasLostClient() {
    return lostClient;
  }

  boolean isLast() {
    return inFlight.isDraining() || socket.shouldClose(getRemoteAddress());
  }

  /** Whether the request comes from the program itself. */
  boolean isRehearsed() {
    return rehearsed;
  }

  /** Has the connection closed in the middle of the answer, so that nobody takes it for whole. */
  void breakOff() {
    exchange.setStreams(
        null,
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("broken off");
          }

          @Override
          public void close() throws IOException {
            throw new IOException("broken off");
          }
        });
  }

  boolean isAnswered() {
    return exchange.getResponseCode() != -1;
  }

  private boolean hasBody() {
    Headers headers = exchange.getRequestHeaders();
    return headers.containsKey("Content-length") || headers.containsKey("Transfer-encoding");
  }

  private boolean isHead() {
    return exchange.getRequestMethod().equals("HEAD");
  }

  @Override
  public void sendResponseHeaders(int status, long length) throws IOException {
    if (isLast()) {
      getResponseHeaders().set("Connection", "close");
    }
    try {
      exchange.sendResponseHeaders(status, isHead() ? -1 : length);
    } catch (IOException e) {
      throw lost(e);
    }
  }

  @Override
  public OutputStream getResponseBody() {
    return isHead() ? OutputStream.nullOutputStream() : new ToClient(exchange.getResponseBody());
  }

  private IOException lost(IOException e) {
    lostClient = true;
    return e;
  }

  /** At some chunks that are none jdk.httpserver throws an exception that is no IOException. */
  private IOException unreadable(RuntimeException nonsense) {
    return lost(new IOException("the body of the request cannot be read", nonsense));
  }

  private final class FromClient extends FilterInputStream {
    FromClient(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      try {
        return in.read();
      } catch (IOException e) {
        throw lost(e);
      } catch (RuntimeException e) {
        throw unreadable(e);
      }
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      Objects.checkFromIndexSize(offset, length, bytes.length);
      try {
        return in.read(bytes, offset, length);
      } catch (IOException e) {
        throw lost(e);
      } catch (RuntimeException e) {
        throw unreadable(e);
      }
    }
  }

  private final class ToClient extends FilterOutputStream {
    ToClient(OutputStream out) {
      super(out);
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      try {
        out.write(bytes, offset, length);
      } catch (IOException e) {
        throw lost(e);
      }
    }

    @Override
    public void flush() throws IOException {
      try {
        out.flush();
      } catch (IOException e) {
        throw lost(e);
      }
    }

    /** Closing reads what is left of the request. */
    @Override
    public void close() throws IOException {
      try {
        closeInTime();
      } catch (IOException e) {
        throw lost(e);
      } catch (RuntimeException e) {
        throw unreadable(e);
      }
    }

    /** A client may never send what is left. */
    private void closeInTime() throws IOException {
      if (!hasBody() || !limit.isOfThisThread()) {
        out.close();
        return;
      }
      out.flush();
      RequestLimit.Stage handling = limit.finish();
      try {
        out.close();
      } finally {
        limit.resume(handling);
      }
    }
  }

  @Override
  public Headers getRequestHeaders() {
    return exchange.getRequestHeaders();
  }

  @Override
  public Headers getResponseHeaders() {
    return exchange.getResponseHeaders();
  }

  @Override
  public URI getRequestURI() {
    return exchange.getRequestURI();
  }

  @Override
  public String getRequestMethod() {
    return exchange.getRequestMethod();
  }

  @Override
  public HttpContext getHttpContext() {
    return exchange.getHttpContext();
  }

  @Override
  public void close() {
    if (hasBody() && limit.isOfThisThread()) {
      limit.finish();
    }
    exchange.close();
  }

  @Override
  public InputStream getRequestBody() {
    return new FromClient(exchange.getRequestBody());
  }

  @Override
  public InetSocketAddress getRemoteAddress() {
    return exchange.getRemoteAddress();
  }

  @Override
  public int getResponseCode() {
    return exchange.getResponseCode();
  }

  @Override
  public InetSocketAddress getLocalAddress() {
    return exchange.getLocalAddress();
  }

  @Override
  public String getProtocol() {
    return exchange.getProtocol();
  }

  @Override
  public Object getAttribute(String name) {
    return exchange.getAttribute(name);
  }

  @Override
  public void setAttribute(String name, Object value) {
    exchange.setAttribute(name, value);
  }

  @Override
  public void setStreams(InputStream in, OutputStream out) {
    exchange.setStreams(in, out);
  }

  @Override
  public HttpPrincipal getPrincipal() {
    return exchange.getPrincipal();
  }
}
