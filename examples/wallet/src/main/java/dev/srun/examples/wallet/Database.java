package dev.srun.examples.wallet;

import dev.srun.Context;
import dev.srun.Health;
import dev.srun.HealthChecked;
import dev.srun.Service;
import dev.srun.examples.wallet.Refusal.Kind;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collections;
import java.util.Deque;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The connections to the store. Each is used by one thread at a time, and no caller waits longer
 * than {@value #WAIT_SECONDS} s.
 */
final class Database implements Service, HealthChecked {
  static final int WAIT_SECONDS = 5;
  private static final int WAITING = 1_000;

  /** What is done with a connection. */
  @FunctionalInterface
  interface Work<T> {
    T on(Session session) throws SQLException, Refusal;
  }

  /** One row of an answer. */
  @FunctionalInterface
  interface Row<T> {
    T read(ResultSet columns) throws SQLException;
  }

  /** A connection while it is lent. */
  record Session(Connection connection) {

    void execute(String sql) throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute(sql);
      }
    }

    /** Returns how many rows were changed. */
    int update(String sql, Object... values) throws SQLException {
      try (PreparedStatement statement = prepare(sql, values)) {
        return statement.executeUpdate();
      }
    }

    /** Adds a row; false if there is one with its key. */
    boolean insert(String table, Object... values) throws SQLException {
      String places = String.join(", ", Collections.nCopies(values.length, "?"));
      return update(
              "INSERT INTO %s VALUES (%s) ON CONFLICT DO NOTHING".formatted(table, places), values)
          == 1;
    }

    /** Returns the first row. */
    <T> Optional<T> query(String sql, Row<T> row, Object... values) throws SQLException {
      try (PreparedStatement statement = prepare(sql, values);
          ResultSet rows = statement.executeQuery()) {
        return rows.next() ? Optional.of(row.read(rows)) : Optional.empty();
      }
    }

    boolean exists(String sql, Object... values) throws SQLException {
      return query(sql, row -> true, values).isPresent();
    }

    private PreparedStatement prepare(String sql, Object... values) throws SQLException {
      PreparedStatement statement = connection.prepareStatement(sql);
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      return statement;
    }
  }

  private final Store store;
  private final Deque<Connection> idle = new ConcurrentLinkedDeque<>();
  private final Set<Future<?>> waiting = ConcurrentHashMap.newKeySet();
  private Context context;
  private ExecutorService threads;
  private ExecutorService checking;

  Database(Store store) {
    this.store = store;
  }

  @Override
  public void init(Context ctx) throws Refusal, InterruptedException {
    context = ctx;
    ctx.describe("store", store);
    ctx.own(this::closeIdle);
    // Platform threads: a driver's native code, such as SQLite's, holds a virtual thread's carrier.
    threads =
        ctx.own(
            new ThreadPoolExecutor(
                store.connections(),
                store.connections(),
                0,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(WAITING),
                ctx.threads().platform("jdbc")));
    checking = ctx.own(Executors.newSingleThreadExecutor(ctx.threads().platform("check")));
    use(session -> session.exists("SELECT 1")); // the first may take longer than a check
  }

  @Override
  public void run(Context ctx) {}

  /**
   * Asks the store for an answer, on a thread and a connection that no request holds: who waits for
   * a lock, or in the queue, does not make the store unhealthy. Where there is no answer, nobody
   * waits for one any longer.
   */
  @Override
  public Health check() throws Refusal, InterruptedException {
    // A tenth less than the check may take, so that its own words are heard and not the limit's.
    Duration limit = Duration.ofNanos(context.remaining().toNanos() / 10 * 9);
    try {
      await(checking.submit(() -> lend(session -> session.exists("SELECT 1"))), limit);
      return Health.healthy();
    } catch (TimeoutException e) {
      waiting.forEach(each -> each.cancel(false));
      return Health.unhealthy("no answer to SELECT 1 in time");
    } catch (SQLException e) {
      return Health.unhealthy(e.getMessage());
    }
  }

  /** Works in a transaction, which is rolled back when the work throws. */
  <T> T transaction(Work<T> work) throws Refusal, InterruptedException {
    return use(session -> {
      session.execute(store.begin());
      try {
        T result = work.on(session);
        session.execute("COMMIT");
        return result;
      } catch (Refusal refusal) {
        session.execute("ROLLBACK");
        throw refusal;
      }
    });
  }

  /** Works with each statement as a transaction of its own. */
  <T> T use(Work<T> work) throws Refusal, InterruptedException {
    Future<T> answer;
    try {
      answer = threads.submit(() -> lend(work));
    } catch (RejectedExecutionException e) {
      throw unavailable("too many requests are waiting", e);
    }
    waiting.add(answer);
    try {
      return await(answer, Duration.ofSeconds(WAIT_SECONDS));
    } catch (TimeoutException e) {
      throw unavailable("no answer in " + WAIT_SECONDS + " s", e);
    } catch (CancellationException e) {
      throw unavailable("no answer, to a check neither", e);
    } catch (SQLException e) {
      throw unavailable(e.getMessage(), e);
    } finally {
      waiting.remove(answer);
    }
  }

  private static <T> T await(Future<T> answer, Duration limit)
      throws SQLException, Refusal, TimeoutException, InterruptedException {
    try {
      return answer.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case Refusal refusal -> throw refusal;
        case SQLException error -> throw error;
        default -> throw new IllegalStateException(e.getCause());
      }
    } finally {
      answer.cancel(false); // what nobody waits for need not begin
    }
  }

  private <T> T lend(Work<T> work) throws SQLException, Refusal {
    Connection connection = take();
    try {
      return work.on(new Session(connection));
    } catch (SQLException | RuntimeException | Error e) {
      connection.close(); // which rolls back
      throw e;
    } finally {
      if (!connection.isClosed()) {
        idle.push(connection);
      }
    }
  }

  private Connection take() throws SQLException {
    Connection connection = idle.poll();
    if (connection == null) {
      return store.connect();
    }
    if (connection.isValid(1)) {
      return connection;
    }
    connection.close();
    return store.connect();
  }

  private void closeIdle() throws SQLException {
    for (Connection each = idle.poll(); each != null; each = idle.poll()) {
      each.close();
    }
  }

  private Refusal unavailable(String why, Exception cause) {
    context.logger().log(Level.WARNING, "cannot answer: " + why);
    return new Refusal(Kind.UNAVAILABLE, "the database cannot answer, try again", cause);
  }
}
