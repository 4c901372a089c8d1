package dev.srun.telemetry;

import com.google.protobuf.ByteString;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;

/** What takes telemetry over OTLP, or does not, on a port of its own. */
public final class Collector implements AutoCloseable {

  /**
   * One export.
   *
   * @param body without its compression
   */
  public record Request(String path, Map<String, List<String>> headers, ByteString body) {}

  /** How one behaves. */
  public enum Behaviour {
    /** Takes everything. */
    WORKS(200),
    /** Nobody listens there. */
    IS_DOWN(0),
    /** Says that it cannot take it now. */
    IS_OVERLOADED(503),
    /** Says that it will never take it. */
    REFUSES(400),
    /** Takes its time, and then everything. */
    IS_SLOW(200),
    /** Accepts connections and never answers. */
    HANGS(0),
    /** Answers, and never ends the answer. */
    HANGS_IN_ITS_ANSWER(200);

    private final int status;

    Behaviour(int status) {
      this.status = status;
    }
  }

  /** How long a slow one takes for an answer. */
  static final Duration SLOWNESS = Duration.ofMillis(700);

  private final Behaviour behaviour;
  private final ConcurrentLinkedQueue<Request> requests = new ConcurrentLinkedQueue<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HttpServer server;
  private final ServerSocket silent;

  /** Begins to behave so. */
  public Collector(Behaviour behaviour) throws IOException {
    this.behaviour = behaviour;
    InetAddress loopback = InetAddress.getLoopbackAddress();
    this.server = HttpServer.create(new InetSocketAddress(loopback, 0), 0);
    this.silent = new ServerSocket(0, 50, loopback);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
    if (behaviour == Behaviour.IS_DOWN) {
      silent.close();
    }
  }

  /** Where to send to. */
  public String endpoint() {
    boolean answers = behaviour != Behaviour.IS_DOWN && behaviour != Behaviour.HANGS;
    int port = answers ? server.getAddress().getPort() : silent.getLocalPort();
    return "http://127.0.0.1:" + port;
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange;
        InputStream sent = exchange.getRequestBody()) {
      byte[] body = sent.readAllBytes();
      boolean zipped = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
      requests.add(
          new Request(
              exchange.getRequestURI().getPath(),
              Map.copyOf(exchange.getRequestHeaders()),
              ByteString.copyFrom(zipped ? unzipped(body) : body)));
      if (behaviour == Behaviour.IS_SLOW) {
        waitFor(SLOWNESS);
      }
      boolean ends = behaviour != Behaviour.HANGS_IN_ITS_ANSWER;
      exchange.sendResponseHeaders(behaviour.status, ends ? -1 : 100);
      if (!ends) {
        exchange.getResponseBody().flush();
        waitFor(Duration.ofMinutes(1));
      }
    }
  }

  private static byte[] unzipped(byte[] body) {
    try (InputStream unzipped = new GZIPInputStream(new ByteArrayInputStream(body))) {
      return unzipped.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void waitFor(Duration time) throws IOException {
    try {
      if (ended.await(time.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IOException("the collector ends");
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /** The exports that have arrived, in order. */
  public List<Request> requests() {
    return List.copyOf(requests);
  }

  /** The exports of one signal: {@code traces}, {@code metrics} or {@code logs}. */
  public List<Request> requests(String signal) {
    return requests.stream().filter(one -> one.path().equals("/v1/" + signal)).toList();
  }

  @Override
  public void close() throws IOException {
    ended.countDown();
    silent.close();
    server.stop(0);
    threads.shutdownNow();
  }
}
