package dev.srun.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.srun.BindFailedException;
import dev.srun.Cause;
import dev.srun.Context;
import dev.srun.ListeningSocket;
import dev.srun.Service;
import dev.srun.ServiceThreads;
import dev.srun.Task;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP server of one service. Bound when it is made, answering once it is {@linkplain #open
 * opened}; every request reaches a handler through a guard that counts it, catches what the handler
 * throws, and sees that it is answered.
 *
 * <p>Handlers run side by side: on virtual threads from JDK 24 on, and before that, where
 * jdk.httpserver would pin them, {@linkplain #onPlatformThreads on at most} {@value
 * #PLATFORM_THREADS} platform threads. All of them belong to the {@linkplain Context#threads()
 * service's threads}. Thread-safe.
 */
public final class HttpListener implements AutoCloseable {
  static final int PLATFORM_THREADS = 64;

  /** Enough for one client; a pool makes a thread for each request until it has all of them. */
  private static final int REHEARSAL_THREADS = 4;

  /** The first release whose monitors do not pin a virtual thread to its carrier (JEP 491). */
  private static final int UNPINNED = 24;

  /**
   * How many connections may wait to be accepted, if the system allows as many (Linux: 4,096). Who
   * finds no room is not refused but asks again after a second; what waits costs nothing here.
   */
  private static final int BACKLOG = 4_096;

  /** Longer than any grace, in seconds. */
  private static final int ONE_DAY = 86_400;

  /** How long it may take until it accepts no more, and how often that is looked at. */
  private static final long STOPS_WITHIN_NANOS = Duration.ofSeconds(1).toNanos();

  private static final long STOP_LOOK_NANOS = Duration.ofMillis(1).toNanos();

  /** How many seconds there are for a request that is being read when all others were answered. */
  private static final int LAST_REQUESTS = 1;

  /** From the last byte of an answer to the end of its handler. */
  private static final Duration LAST_WRITES = Duration.ofMillis(100);

  /** How the text of an IPv6 address begins that is short: that of the machine itself, or any. */
  private static final String ZEROS = "0:0:0:0:0:0:0:";

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
  private final ServiceThreads threads;
  private final String name;
  private final Logger logger;
  private final ListeningSocket socket;
  private final HttpServer server;
  private final Routes routes = new Routes();
  private final InFlight inFlight = new InFlight();
  private final Accepting accepting = new Accepting();
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, String> headers = new HashMap<>();
  private int platformThreads = Runtime.version().feature() >= UNPINNED ? 0 : PLATFORM_THREADS;
  private boolean counted = true;
  private Duration readWithin = Duration.ofSeconds(10);
  private @Nullable Answering answering;
  private boolean started;
  private boolean closed;

  private HttpListener(Context context, String name, ListeningSocket socket, HttpServer server) {
    this.context = context;
    this.threads = context.threads(); // owned before the listener, so closed after it
    this.name = name;
    this.socket = socket;
    this.server = server;
    this.logger = context.logger();
  }

  /**
   * Binds a listener that the service owns. What {@link Context#http} does.
   *
   * @param context the service's
   * @param name the listener's name, for logs, facts and errors
   * @param address where to listen; port 0 for any free one
   * @return the listener
   * @throws IOException a {@link BindFailedException} if the address cannot be bound; the message
   *     names listener and address, and who has it
   */
  public static HttpListener bind(Context context, String name, InetSocketAddress address)
      throws IOException {
    ListeningSocket socket = context.socket(name, address);
    // JVM-wide and read once: without it a kept-alive response takes 40 ms more on JDK 21.
    System.getProperties().putIfAbsent("sun.net.httpserver.nodelay", "true");
    HttpServer server;
    try {
      server = HttpServer.create((InetSocketAddress) socket.bindTo(), BACKLOG);
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw new BindFailedException(name, address, e);
    }
    HttpListener listener = new HttpListener(context, name, socket, server);
    context.own(listener.new WhenStopped());
    socket.bound(server.getAddress());
    context.describe(name, url(listener.address()));
    return listener;
  }

  private static String url(InetSocketAddress bound) {
    String host = bound.getAddress().getHostAddress();
    if (host.startsWith(ZEROS)) {
      String last = host.substring(ZEROS.length());
      host = "::" + (last.equals("0") ? "" : last);
    }
    return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + bound.getPort();
  }

  /**
   * Answers on platform threads, daemons of the {@linkplain Context#threads() service's scope}. For
   * what must be answered also while the program's own code holds every carrier of the virtual
   * threads. While all of them are busy a thousand requests wait, and clients that send slowly have
   * {@linkplain #readWithin less time}; the connections of more are closed.
   *
   * @param most how many threads at most, and so how many requests at a time
   * @return this listener
   * @throws IllegalArgumentException if {@code most} is less than 1
   * @throws IllegalStateException if the listener was opened already
   */
  public HttpListener onPlatformThreads(int most) {
    if (most < 1) {
      throw new IllegalArgumentException("threads of listener '" + name + "': " + most);
    }
    lock.lock();
    try {
      requireUnopened();
      platformThreads = most;
    } finally {
      lock.unlock();
    }
    return this;
  }

  /**
   * Leaves the listener out of the program's drain: it goes on keeping connections alive, and what
   * is cut off when it closes is no failure. For probes and scrapes. A {@link #drain} of its own
   * waits all the same.
   *
   * @return this listener
   * @throws IllegalStateException if the listener was opened already
   */
  public HttpListener uncounted() {
    lock.lock();
    try {
      requireUnopened();
      counted = false;
    } finally {
      lock.unlock();
    }
    return this;
  }

  /**
   * Limits how long a client may take to send the head of a request, and what is left of a request
   * that has been answered: 10 s unless this says otherwise. The connection of who takes longer is
   * closed. Neither an upload that a handler reads nor an answer that it writes is limited by this.
   * While requests wait for one of the {@linkplain #onPlatformThreads platform threads} a longer
   * limit counts as 250 ms, so that half-sent requests do not hold up whole ones.
   *
   * @param limit from the moment that a thread takes the connection up
   * @return this listener
   * @throws IllegalArgumentException if the limit is not positive
   * @throws IllegalStateException if the listener was opened already
   */
  public HttpListener readWithin(Duration limit) {
    requirePositive(limit, "to read of listener '" + name + "'");
    lock.lock();
    try {
      requireUnopened();
      readWithin = limit;
    } finally {
      lock.unlock();
    }
    return this;
  }

  private static void requirePositive(Duration limit, String of) {
    if (limit == null) {
      throw new NullPointerException("limit " + of + " is null");
    }
    if (limit.isNegative() || limit.isZero()) {
      throw new IllegalArgumentException("limit " + of + ": " + limit);
    }
  }

  /**
   * Sets a header of every answer, those for unknown paths and failures included. A handler may set
   * another value.
   *
   * @param header its name
   * @param value its value
   * @return this listener
   * @throws IllegalArgumentException if it cannot be sent
   * @throws IllegalStateException if the listener was opened already
   */
  public HttpListener header(String header, String value) {
    HeaderSyntax.require(header, value, "listener '" + name + "'");
    lock.lock();
    try {
      requireUnopened();
      headers.put(header, value);
    } finally {
      lock.unlock();
    }
    return this;
  }

  private void requireUnopened() {
    if (answering != null) {
      throw new IllegalStateException("listener '" + name + "' was opened already");
    }
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
    routes.add(pattern, handler);
    return this;
  }

  /**
   * Adds a handler that has a limit: from its beginning to the last byte of its answer, reading the
   * request included. When that is over its thread is interrupted, which also ends a read from the
   * client or a write to it, and the log says so; a handler that has not answered yet and throws
   * upon it answers 503. One that goes on in spite of its interrupt is left alone.
   *
   * @param pattern which requests, as in {@link #handle(String, Handler)}
   * @param limit how long it may take
   * @param handler answers what matches
   * @return this listener
   * @throws IllegalArgumentException if the pattern is not of that form or is taken, or the limit
   *     not positive
   */
  public HttpListener handle(String pattern, Duration limit, Handler handler) {
    requirePositive(limit, "of '" + pattern + "'");
    routes.add(pattern, limit, handler);
    return this;
  }

  /**
   * Starts to answer. What has connected since the listener was bound is answered now; in a program
   * that takes another one's place, when every service is RUNNING.
   *
   * @throws UncheckedIOException if the socket that was handed over cannot be taken
   */
  public void open() {
    try {
      if (prepares()) {
        socket.open(accepting);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Makes all ready to answer; true to the first who asks. */
  private boolean prepares() {
    lock.lock();
    try {
      if (answering != null || closed) {
        return false;
      }
      TimeLimits limits =
          new TimeLimits(logger, threads, name, readWithin, inFlight, platformThreads);
      answering = new Answering(name, executor(name, platformThreads), limits, inFlight);
      server.createContext("/", guard(inFlight, limits, false));
      server.setExecutor(answering);
      if (counted) {
        context.onDrain(accepting);
      }
      limits.start();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** What becomes of the listener when it may accept, and when the program drains. */
  private final class Accepting implements ListeningSocket.Acceptor, Task {

    @Override
    public void begin() {
      lock.lock();
      try {
        if (!closed) {
          started = true;
          server.start();
        }
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void run(Context ctx) {
      inFlight.drain();
    }
  }

  private Guard guard(InFlight counting, TimeLimits limits, boolean rehearses) {
    return new Guard(logger, routes, headers, socket, counting, limits, rehearses);
  }

  private ExecutorService executor(String threadName, int most) {
    return most == 0
        ? Answering.virtualThreads(threads.virtual(threadName))
        : Answering.platformThreads(threads.platform(threadName), most);
  }

  /**
   * Has the listener's handlers answer requests for a while, so that their code and what is behind
   * it is loaded and compiled when clients come. For a {@link dev.srun.WarmedUp#warmUp}; before or
   * after {@link #open}.
   *
   * <p>The requests come over a real connection to a server of the same kind, on a loopback port of
   * its own that serves nobody else and is gone when this returns: the listener itself may not
   * answer yet. They are not counted as in flight, and a handler can tell them by {@link
   * #isRehearsed}. The requests are sent one after the other, in turn; the first that is answered
   * 500 or more ends the rehearsal, since what fails makes nothing faster. What became of it is
   * logged in a line.
   *
   * @param rounds how often each is sent at most
   * @param limit for how long at most; nine tenths of what {@linkplain Context#remaining() remains}
   *     of the phase where that is less
   * @param requests what is sent; they should leave no trace in what the program keeps
   * @return how many were answered, and how fast
   * @throws IOException if there is no port, or an answer breaks off
   * @throws InterruptedException if the calling thread is interrupted
   */
  public Rehearsal rehearse(int rounds, Duration limit, SampleRequest... requests)
      throws IOException, InterruptedException {
    requirePositive(limit, "to rehearse listener '" + name + "'");
    if (requests == null) {
      throw new NullPointerException("the sample requests of listener '" + name + "' are null");
    }
    for (SampleRequest each : requests) {
      if (each == null) {
        throw new NullPointerException("a sample request of listener '" + name + "' is null");
      }
    }
    // Not by Duration's own arithmetic, which is that of decimals and loads for 20 ms.
    Duration most = Duration.ofNanos(context.remaining().toNanos() / 10 * 9);
    Duration time = limit.compareTo(most) < 0 ? limit : most;
    try (RehearsalServer rehearsing = rehearsalServer();
        RehearsalClient client = new RehearsalClient(rehearsing, time)) {
      Rehearsal rehearsal = client.rehearse(rounds, List.of(requests));
      rehearsing.awaitHandlers();
      logger.log(Level.INFO, "warmed up '" + name + "': " + rehearsal);
      return rehearsal;
    }
  }

  private RehearsalServer rehearsalServer() throws IOException {
    lock.lock();
    try {
      String its = name + "-rehearsal";
      int most = Math.min(platformThreads, REHEARSAL_THREADS);
      InFlight counting = new InFlight();
      TimeLimits limits = new TimeLimits(logger, threads, its, readWithin, counting, most);
      Answering rehearsing = new Answering(its, executor(its, most), limits, counting);
      RehearsalServer server =
          new RehearsalServer(guard(counting, limits, true), counting, rehearsing);
      limits.start();
      return server;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Returns whether a request comes from a {@linkplain #rehearse rehearsal}, for a handler that
   * counts what clients ask.
   *
   * @param exchange the request, as the handler was given it
   * @return true if no client waits for the answer
   */
  public static boolean isRehearsed(HttpExchange exchange) {
    return exchange instanceof GuardedExchange guarded && guarded.isRehearsed();
  }

  /**
   * Returns where it listens, with the real port when port 0 was asked for.
   *
   * @return the address
   */
  public InetSocketAddress address() {
    return (InetSocketAddress) socket.address();
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
   * Stops accepting, answers what is in flight with {@code Connection: close}, then closes. What
   * happens by itself when the service has stopped, within {@link Context#remaining()}; a {@link
   * Service#stop} calls this where something else has to wait for the last answer.
   *
   * <p>In a stop that came by a signal or a failure, a client that keeps its connection is told
   * with its next answer, for at most a second: so none sends a request into a connection that is
   * closed. An answer without an end learns from {@link #isLast} that it is over.
   *
   * <p>jdk.httpserver closes its connections when it stops accepting, unless a request is in
   * flight: the listener sends itself one. A server that is too busy to answer that accepts until
   * it closes.
   *
   * @param limit how long to wait for what is in flight
   * @return true if everything was answered; false if the limit cut some requests off
   * @throws InterruptedException if the calling thread is interrupted; the listener is closed all
   *     the same
   */
  public boolean drain(Duration limit) throws InterruptedException {
    if (limit == null) {
      throw new NullPointerException("limit to drain listener '" + name + "' is null");
    }
    inFlight.drain();
    boolean answered = false;
    try (Farewell farewell = farewell(limit)) {
      boolean accepts = farewell.isOver() || !farewell.keepsAnswering(server) || !stopsAccepting();
      answered = farewell.await() && closeAfterLastRequests(accepts ? LAST_REQUESTS : 0);
      return answered;
    } finally {
      if (!answered) {
        close();
      }
    }
  }

  /** The server goes on answering on its connections until it is stopped for the second time. */
  private boolean stopsAccepting() {
    Thread stopper;
    try {
      stopper = threads.platform(name + "-stop").newThread(this::stopServer);
      stopper.start();
    } catch (IllegalStateException | OutOfMemoryError noThread) {
      return false;
    }
    socket.close();
    awaitStopped(stopper);
    return true;
  }

  /** Until the stop waits for requests: before that the server accepts. */
  private void awaitStopped(Thread stopper) {
    long begin = System.nanoTime();
    while (stopper.getState() != Thread.State.TIMED_WAITING
        && stopper.isAlive()
        && !Thread.currentThread().isInterrupted()
        && System.nanoTime() - begin < STOPS_WITHIN_NANOS) {
      LockSupport.parkNanos(this, STOP_LOOK_NANOS);
    }
  }

  private void stopServer() {
    try {
      // The first stop loads classes when it has ceased to look at new connections and does not
      // refuse them yet: those that come in between are reset.
      HttpServer.create().stop(0);
    } catch (IOException e) {
      logger.log(Level.DEBUG, "the classes that stop a server are not loaded ahead", e);
    }
    server.stop(ONE_DAY);
  }

  /** Accepts no more, and answers what was accepted until here. */
  private boolean closeAfterLastRequests(int seconds) throws InterruptedException {
    if (!beginsToClose()) {
      return true;
    }
    boolean answered;
    try {
      socket.close();
    } finally {
      server.stop(seconds);
      answered = inFlight.awaitNone(LAST_WRITES);
      stopped();
    }
    return answered;
  }

  private Farewell farewell(Duration limit) {
    Cause why = context.runner().status().stopping();
    boolean others = why instanceof Cause.Signalled || why instanceof Cause.Failed;
    return new Farewell(inFlight, address(), counted && others && !isClosed(), limit);
  }

  private boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /** What the service owns: when it has stopped, the listener answers what it has accepted. */
  private final class WhenStopped implements AutoCloseable {
    @Override
    public void close() {
      try {
        drain(context.remaining());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt(); // its time is over, and the listener is closed
      }
    }

    @Override
    public String toString() {
      return "listener '" + name + "'";
    }
  }

  /**
   * Closes at once: what is in flight is cut off, its handlers are interrupted. In a stop that is a
   * failure, with the count in the exit.
   */
  @Override
  public void close() {
    if (!beginsToClose()) {
      return;
    }
    try {
      socket.close();
    } finally {
      stopped();
    }
  }

  /** Whatever is in flight now is cut off. */
  private void stopped() {
    int cutOff = inFlight.count();
    if (cutOff > 0) {
      logger.log(Level.WARNING, "closed; requests cut off: " + cutOff);
      if (counted && context.isStopping()) {
        context.cutOff("requests", cutOff);
      }
    }
    server.stop(0); // for the second time, it does nothing more
    if (answering != null) {
      answering.close();
    }
  }

  private boolean beginsToClose() {
    lock.lock();
    try {
      if (closed) {
        return false;
      }
      closed = true;
      if (!started) {
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
    respond(exchange, status, contentType, body.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Sends a whole answer.
   *
   * @param exchange the request
   * @param status the status code
   * @param contentType the content type, such as {@code image/png}
   * @param body the body
   * @throws IOException if the client is gone
   */
  public static void respond(HttpExchange exchange, int status, String contentType, byte[] body)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", contentType);
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  /**
   * Returns whether a request is to be the last on its connection, since the program stops or
   * another process has taken its place: for an answer that goes on and on, which should end then.
   *
   * @param exchange the request, as the handler was given it
   * @return true from the moment that this is so
   */
  public static boolean isLast(HttpExchange exchange) {
    return exchange instanceof GuardedExchange guarded && guarded.isLast();
  }

  /**
   * Returns whether the other side has closed its connection, for a handler that works long for a
   * client which may not wait for it. Reads a table of the system: for now and then, not for a
   * loop. Linux only; false where it cannot be known. A client that has only closed its sending
   * half counts as gone.
   *
   * @param exchange the request
   * @return true if nobody is there to read the answer
   */
  public static boolean isClientGone(HttpExchange exchange) {
    return TcpTable.ofSystem().isGone(exchange.getLocalAddress(), exchange.getRemoteAddress());
  }
}
