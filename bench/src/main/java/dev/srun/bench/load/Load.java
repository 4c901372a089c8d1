package dev.srun.bench.load;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/**
 * An open-loop load over plain sockets: requests are due on a schedule whatever becomes of those
 * before them, and their time counts from when they were due. Nothing is sent twice.
 *
 * <p>One thread does it all, with a selector, so that it takes little from the server beside it;
 * another one wakes it when a request is due, since a selector counts in milliseconds.
 */
final class Load implements AutoCloseable {
  private static final long SWEEP_MILLIS = 10;
  private static final long DECIDE_MILLIS = 200;
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /**
   * What the load looks like.
   *
   * @param rate requests per second
   * @param connections how many are kept alive
   * @param fresh the share of requests with a connection of their own, from 0 to 1
   * @param limit from when a request was due until its whole answer
   */
  record Shape(int rate, int connections, double fresh, Duration limit) {}

  /** A request that is due and waits for a connection that is kept alive. */
  private record Waiting(long number, long due) {}

  /** A connection that the server closed before any byte of the answer. */
  private record Undecided(Connection connection, long ended) {}

  private final InetSocketAddress server;
  private final Shape shape;
  private final Workload workload;
  private final Timeline timeline = new Timeline();
  private final Selector selector;
  private final CompletableFuture<Void> done = new CompletableFuture<>();
  private final Thread metronome = new Thread(this::tick, "metronome");
  private final Deque<Waiting> waiting = new ArrayDeque<>();
  private final Deque<Connection> idle = new ArrayDeque<>();
  private final List<Undecided> undecided = new ArrayList<>();
  private final long begin = System.nanoTime();
  private volatile long end = begin + TimeUnit.DAYS.toNanos(1);
  private volatile boolean aborted;
  private long scheduled;
  private int kept;
  private int busy;
  private int reopened;
  private int unasked;
  private long swept = begin;
  private long decided = begin;

  private Load(InetSocketAddress server, Shape shape, Workload workload) throws IOException {
    this.server = server;
    this.shape = shape;
    this.workload = workload;
    this.selector = Selector.open();
  }

  /** Begins. */
  static Load start(InetSocketAddress server, Shape shape, Workload workload) throws IOException {
    Load load = new Load(server, shape, workload);
    Thread loop = new Thread(load::run, "load");
    loop.setDaemon(true);
    load.metronome.setDaemon(true);
    loop.start();
    load.metronome.start();
    return load;
  }

  /** Where marks are set while it runs, and what happened once it has {@linkplain #stop ended}. */
  Timeline timeline() {
    return timeline;
  }

  /** Returns how many kept-alive connections the server closed between requests. */
  int reopened() {
    return reopened;
  }

  /** Returns how many connections brought bytes that nobody had asked for. */
  int unasked() {
    return unasked;
  }

  /** Lets no more requests be due, and waits until the last has ended. */
  void stop() throws InterruptedException {
    end = System.nanoTime();
    try {
      done.get(shape.limit().plus(PATIENCE).toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException("the load itself failed", e.getCause());
    } catch (TimeoutException e) {
      throw new IllegalStateException("the load did not end", e);
    }
  }

  /** Stops at once, whatever is under way. */
  @Override
  public void close() {
    aborted = true;
    selector.wakeup();
  }

  private void tick() {
    while (!done.isDone()) {
      long now = System.nanoTime();
      long next = (long) ((now - begin) * (double) shape.rate() / 1e9) + 1;
      LockSupport.parkNanos(due(next) - now);
      selector.wakeup();
    }
  }

  private void run() {
    try {
      while (isGoingOn()) {
        selector.select(SWEEP_MILLIS);
        for (SelectionKey key : selector.selectedKeys()) {
          answer((Connection) key.attachment());
        }
        selector.selectedKeys().clear();
        sendWhatIsDue();
        sweep();
      }
      closeAll();
      done.complete(null);
    } catch (Throwable e) {
      done.completeExceptionally(e);
    }
  }

  private void closeAll() throws IOException {
    for (SelectionKey key : selector.keys()) {
      ((Connection) key.attachment()).close();
    }
    selector.close();
  }

  private boolean isGoingOn() {
    return !aborted && (due(scheduled) - end < 0 || busy > 0 || !waiting.isEmpty());
  }

  private long due(long number) {
    return begin + (long) (number * 1e9 / shape.rate());
  }

  private void sendWhatIsDue() throws IOException {
    long now = System.nanoTime();
    for (long due = due(scheduled); due - now <= 0 && due - end < 0; due = due(scheduled)) {
      timeline.seen(due, now);
      if (isFresh(scheduled)) {
        connect(Kind.FRESH, workload.request(scheduled, Kind.FRESH), due);
      } else {
        waiting.add(new Waiting(scheduled, due));
      }
      scheduled++;
    }
    while (!waiting.isEmpty() && sendKept(waiting.peek(), now)) {
      waiting.remove();
    }
  }

  private boolean isFresh(long number) {
    return (long) ((number + 1) * shape.fresh()) > (long) (number * shape.fresh());
  }

  private boolean sendKept(Waiting next, long now) throws IOException {
    if (next.due() + shape.limit().toNanos() - now <= 0) {
      timeline.record(
          Kind.KEPT, new Ending(Outcome.TIMED_OUT, "no connection was free"), next.due(), now);
      return true;
    }
    Connection free = kept < shape.connections() ? null : freeConnection();
    if (free == null && kept == shape.connections()) {
      return false;
    }
    Request request = workload.request(next.number(), Kind.KEPT);
    if (free == null) {
      connect(Kind.KEPT, request, next.due());
    } else {
      send(free, request, next.due());
    }
    return true;
  }

  private Connection freeConnection() {
    for (Connection next = idle.poll(); next != null; next = idle.poll()) {
      if (isKept(next)) {
        return next;
      }
      giveUp(next);
      reopened++;
    }
    return null;
  }

  private boolean isKept(Connection connection) {
    try {
      return connection.isKept();
    } catch (Answer.MalformedException e) {
      unasked++;
      return false;
    }
  }

  private void connect(Kind kind, Request request, long due) throws IOException {
    Connection connection;
    try {
      connection = Connection.open(kind, server, selector);
    } catch (IOException e) {
      settle(kind, request, Connection.notConnected(e), due, System.nanoTime());
      return;
    }
    kept += kind == Kind.KEPT ? 1 : 0;
    send(connection, request, due);
  }

  private void send(Connection connection, Request request, long due) throws IOException {
    busy++;
    connection.send(request, due).ifPresent(ending -> ended(connection, ending));
  }

  private void answer(Connection connection) throws IOException {
    if (connection.isBusy()) {
      Optional<Ending> ending = connection.proceed();
      ending.ifPresent(how -> endedOrUndecided(connection, how));
    } else if (!isKept(connection)) {
      if (idle.remove(connection)) {
        giveUp(connection);
        reopened++;
      } else {
        connection.close();
      }
    }
  }

  private void endedOrUndecided(Connection connection, Ending ending) {
    if (ending == Connection.UNDECIDED) {
      kept -= connection.kind() == Kind.KEPT ? 1 : 0;
      undecided.add(new Undecided(connection, System.nanoTime()));
    } else {
      ended(connection, ending);
    }
  }

  private void ended(Connection connection, Ending ending) {
    settle(
        connection.kind(), connection.request(), ending, connection.intended(), System.nanoTime());
    busy--;
    connection.release();
    boolean well = ending.outcome() == Outcome.OK || ending.outcome() == Outcome.WRONG_STATUS;
    if (well && connection.isReusable()) {
      idle.add(connection);
    } else if (well) {
      kept -= connection.kind() == Kind.KEPT ? 1 : 0; // closed once the server has closed it
    } else {
      giveUp(connection);
    }
  }

  private void settle(Kind kind, Request request, Ending ending, long due, long ended) {
    timeline.record(kind, ending, due, ended);
    workload.ended(request.number(), ending.outcome());
  }

  private void giveUp(Connection connection) {
    connection.close();
    kept -= connection.kind() == Kind.KEPT ? 1 : 0;
  }

  private void sweep() throws IOException {
    long now = System.nanoTime();
    if (now - swept < TimeUnit.MILLISECONDS.toNanos(SWEEP_MILLIS)) {
      return;
    }
    swept = now;
    if (!undecided.isEmpty() && now - decided > TimeUnit.MILLISECONDS.toNanos(DECIDE_MILLIS)) {
      decide();
    }
    List<Connection> overdue = new ArrayList<>();
    for (SelectionKey key : selector.keys()) {
      Connection connection = (Connection) key.attachment();
      if (key.isValid()
          && connection.isBusy()
          && connection.intended() + shape.limit().toNanos() - now <= 0) {
        overdue.add(connection);
      }
    }
    overdue.forEach(each -> ended(each, new Ending(Outcome.TIMED_OUT, "after " + shape.limit())));
  }

  /** All at once: reading the table takes long. */
  private void decide() throws IOException {
    SocketTable table = SocketTable.read();
    for (Undecided each : undecided) {
      Connection connection = each.connection();
      Ending ending = connection.decided(table);
      settle(connection.kind(), connection.request(), ending, connection.intended(), each.ended());
      busy--;
      connection.release();
      connection.close();
    }
    undecided.clear();
    decided = System.nanoTime();
  }
}
