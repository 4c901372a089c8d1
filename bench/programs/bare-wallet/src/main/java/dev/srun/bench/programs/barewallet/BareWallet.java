package dev.srun.bench.programs.barewallet;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The JDK's server and a file of SQLite's, opened with the wallet's options: what the wallet would
 * cost if it did nothing but answer for one account.
 */
public final class BareWallet {
  private final ReentrantLock lock = new ReentrantLock();
  private final Connection connection;

  private BareWallet(Connection connection) {
    this.connection = connection;
  }

  /**
   * Serves until it is ended.
   *
   * @param args the port of the probe, that of the pages, and {@code hook} for a hook that stops it
   */
  public static void main(String[] args) throws IOException, SQLException {
    BareWallet wallet = new BareWallet(connect());
    HttpServer pages = serve(Integer.parseInt(args[1]), "/accounts/", wallet::account);
    HttpServer probe = serve(Integer.parseInt(args[0]), "/ready", exchange -> answer(exchange, ""));
    if (args.length > 2) {
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(() -> {
                pages.stop(1);
                wallet.close();
                probe.stop(1);
                System.err.println("bare wallet STOPPED");
              }));
    }
  }

  private static Connection connect() throws SQLException {
    Properties options = new Properties();
    options.put("journal_mode", "WAL");
    options.put("synchronous", "FULL");
    options.put("foreign_keys", "ON");
    options.put("busy_timeout", "2000");
    Connection connection = DriverManager.getConnection("jdbc:sqlite:bare-wallet.db", options);
    try (Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE IF NOT EXISTS account (name TEXT PRIMARY KEY, balance INT)");
      statement.execute("INSERT INTO account VALUES ('reader', 7) ON CONFLICT DO NOTHING");
    }
    return connection;
  }

  private static HttpServer serve(int port, String path, Handler handler) throws IOException {
    // Or JDK 21's holds the second half of each answer back for 40 ms.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    server.createContext(
        path,
        exchange -> {
          try (exchange) {
            handler.handle(exchange);
          } catch (SQLException e) {
            throw new IOException(e);
          }
        });
    server.setExecutor(Executors.newCachedThreadPool());
    server.start();
    return server;
  }

  @FunctionalInterface
  private interface Handler {
    void handle(HttpExchange exchange) throws IOException, SQLException;
  }

  private void account(HttpExchange exchange) throws IOException, SQLException {
    String name = exchange.getRequestURI().getPath().substring("/accounts/".length());
    answer(exchange, "{\"account\":\"%s\",\"balance\":%d}\n".formatted(name, balance(name)));
  }

  private long balance(String name) throws SQLException {
    lock.lock();
    try (PreparedStatement query =
        connection.prepareStatement("SELECT balance FROM account WHERE name = ?")) {
      query.setString(1, name);
      try (ResultSet rows = query.executeQuery()) {
        return rows.next() ? rows.getLong(1) : 0;
      }
    } finally {
      lock.unlock();
    }
  }

  private void close() {
    lock.lock();
    try {
      connection.close();
    } catch (SQLException e) {
      System.err.println(e);
    } finally {
      lock.unlock();
    }
  }

  private static void answer(HttpExchange exchange, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
  }
}
