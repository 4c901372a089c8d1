package dev.srun.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.srun.Context;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * An HTTP server of one service. Bound when it is made, answering once it is {@linkplain #open
 * opened}; every request reaches a handler through a guard that counts it, catches what the handler
 * throws, and sees that it is answered.
 *
 * <p>Handlers run side by side: on virtual threads from JDK 24 on, and before that, where
 * jdk.httpserver would pin them, on at most {@value #PLATFORM_THREADS} platform threads. All of
 * them belong to the {@linkplain Context#threads() service's threads}. Thread-safe.
 */
public final class HttpListener implements AutoCloseable {
  static final int PLATFORM_THREADS = 64;

  /** The first release whose monitors do not pin a virtual thread to its carrier (JEP 491). */
  private static final int UNPINNED = 24;

  /** Answers one request. Called on a thread of the listener. */
  @FunctionalInterface
  public interface Handler {

    /**
     * Answers a request with {@link HttpExchange#sendResponseHeaders} and a body, or with {@link
     * HttpListener#respond}. The exchange is closed afterwards.
     *
     * @param exchange the request and its answer
     * @throws Exception to have the client get a 500 with an id that stands in the log beside the
     *     stack trace
     */
    void handle(HttpExchange exchange) throws Exception;
  }

  private final Context context;
  private final Logger logger;
  private final HttpServer server;
  private final ExecutorService threads;
  private final Routes routes = new Routes();
  private final InFlight inFlight = new InFlight();
  private final ReentrantLock lock = new ReentrantLock();
  private boolean opened;
  private boolean closed;

  private HttpListener(Context context, String name, HttpServer server) {
    this.context = context;
    this.server = server;
    this.threads = executor(context, name);
    server.setExecutor(this::answer);
    this.logger = context.logger();
    server.createContext("/", new Guard(logger, routes, inFlight));
  }

  /**
   * Binds a listener that the service owns. What {@link Context#http} does.
   *
   * @param context the service's
   * @param name the listener's name, for logs, facts and errors
   * @param address where to listen; port 0 for any free one
   * @return the listener
   * @throws IOException if the address cannot be bound; the message names listener and address
   */
  public static HttpListener bind(Context context, String name, InetSocketAddress address)
      throws IOException {
    // JVM-wide and read once: without it a kept-alive response takes 40 ms more on JDK 21.
    System.getProperties().putIfAbsent("sun.net.httpserver.nodelay", "true");
    HttpServer server;
    try {
      server = HttpServer.create(address, 0);
    } catch (IOException | RuntimeException e) {
      throw new IOException("listener '%s' cannot listen on %s: %s".formatted(name, address, e), e);
    }
    HttpListener listener = context.own(new HttpListener(context, name, server));
    context.onDrain(ctx -> listener.inFlight.drain());
    context.describe(name, url(server.getAddress()));
    return listener;
  }

  private static String url(InetSocketAddress bound) {
    String host = bound.getAddress().getHostAddress();
    return "http://%s:%d".formatted(host.contains(":") ? "[" + host + "]" : host, bound.getPort());
  }

  private static ExecutorService executor(Context context, String name) {
    if (Runtime.version().feature() >= UNPINNED) {
      return Executors.newThreadPerTaskExecutor(context.threads().virtual(name));
    }
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            PLATFORM_THREADS,
            PLATFORM_THREADS,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            context.threads().platform(name));
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  /**
   * Adds a handler. What no handler matches is answered 404, and 405 where only the method differs.
   *
   * @param pattern an exact path such as {@code /transfers}; all below a path such as {@code
   *     /accounts/*}; either with a method before it, such as {@code POST /transfers}. An exact
   *     path goes before one with a star, a longer star before a shorter one
   * @param handler answers what matches
   * @return this listener
   * @throws IllegalArgumentException if the pattern is not of that form or is taken
   */
  public HttpListener handle(String pattern, Handler handler) {
    routes.add(pattern, Objects.requireNonNull(handler, pattern));
    return this;
  }

  /** Starts to answer. What has connected since the listener was bound is answered now. */
  public void open() {
    lock.lock();
    try {
      if (!opened && !closed) {
        opened = true;
        server.start();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Takes a request over from the dispatcher; it is in flight from here on. */
  private void answer(Runnable request) {
    begin();
    try {
      threads.execute(() -> answerHere(request));
    } catch (RejectedExecutionException e) {
      end();
      throw e;
    }
  }

  private void answerHere(Runnable request) {
    try {
      request.run();
    } finally {
      end();
    }
  }

  private void begin() {
    context.beginWork();
    inFlight.enter();
  }

  private void end() {
    inFlight.leave();
    context.endWork();
  }

  /**
   * Returns where it listens, with the real port when port 0 was asked for.
   *
   * @return the address
   */
  public InetSocketAddress address() {
    return server.getAddress();
  }

  /**
   * Returns how many requests are being read or answered now.
   *
   * @return the count
   */
  public int inFlight() {
    return inFlight.count();
  }

  /**
   * Answers what is in flight with {@code Connection: close}, then closes. It goes on accepting
   * until nothing is in flight, since jdk.httpserver cannot stop that alone: let readiness turn
   * away the clients first, which is what the drain of the program is for.
   *
   * @param limit how long to wait for what is in flight
   * @return true if everything was answered; false if the limit cut some requests off
   * @throws InterruptedException if the calling thread is interrupted; the listener is closed all
   *     the same
   */
  public boolean drain(Duration limit) throws InterruptedException {
    inFlight.drain();
    try {
      return inFlight.awaitNone(limit);
    } finally {
      close();
    }
  }

  /** Closes at once: what is in flight is cut off, its handlers are interrupted. */
  @Override
  public void close() {
    if (!beginsToClose()) {
      return;
    }
    int cutOff = inFlight.count();
    if (cutOff > 0) {
      logger.log(Level.WARNING, "closed; requests cut off: " + cutOff);
    }
    server.stop(0);
    threads.shutdownNow();
  }

  private boolean beginsToClose() {
    lock.lock();
    try {
      if (closed) {
        return false;
      }
      closed = true;
      if (!opened) {
        // Only a started server lets go of its port; what had connected is not answered any more.
        server.setExecutor(unanswered -> {});
        server.start();
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Sends a whole answer.
   *
   * @param exchange the request
   * @param status the status code
   * @param contentType the content type, such as {@code application/json}
   * @param body the body, sent as UTF-8
   * @throws IOException if the client is gone
   */
  public static void respond(HttpExchange exchange, int status, String contentType, String body)
      throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", contentType);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(bytes);
    }
  }
}
