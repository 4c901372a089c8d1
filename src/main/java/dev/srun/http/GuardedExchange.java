package dev.srun.http;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpPrincipal;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;

/**
 * An exchange that says {@code Connection: close} when its listener drains at the moment of the
 * answer, sends no body to HEAD, and knows whether it was answered.
 */
final class GuardedExchange extends HttpExchange implements AutoCloseable {
  private final HttpExchange exchange;
  private final InFlight inFlight;

  GuardedExchange(HttpExchange exchange, InFlight inFlight) {
    this.exchange = exchange;
    this.inFlight = inFlight;
  }

  boolean isAnswered() {
    return exchange.getResponseCode() != -1;
  }

  private boolean isHead() {
    return exchange.getRequestMethod().equals("HEAD");
  }

  @Override
  public void sendResponseHeaders(int status, long length) throws IOException {
    if (inFlight.isDraining()) {
      getResponseHeaders().set("Connection", "close");
    }
    exchange.sendResponseHeaders(status, isHead() ? -1 : length);
  }

  @Override
  public OutputStream getResponseBody() {
    return isHead() ? OutputStream.nullOutputStream() : exchange.getResponseBody();
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
    exchange.close();
  }

  @Override
  public InputStream getRequestBody() {
    return exchange.getRequestBody();
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
