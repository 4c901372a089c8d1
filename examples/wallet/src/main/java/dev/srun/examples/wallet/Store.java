package dev.srun.examples.wallet;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

/**
 * Where the ledger is kept, and all that differs between SQLite and PostgreSQL.
 *
 * @param url the JDBC URL
 * @param options the driver's options
 * @param begin the SQL that begins a transaction
 * @param connections how many requests have a connection at the same time
 */
record Store(String url, Map<String, String> options, String begin, int connections) {

  static Store sqlite(Path file) {
    Map<String, String> options =
        Map.of(
            "journal_mode", "WAL",
            "synchronous", "FULL",
            "foreign_keys", "ON",
            "busy_timeout", "2000");
    // Not a plain BEGIN: a transaction that only later wants to write does not wait for the lock.
    // One connection: there is one writer at a time, and those who wait for it have no order.
    return new Store("jdbc:sqlite:" + file, options, "BEGIN IMMEDIATE", 1);
  }

  static Store postgres(String url, String user, String password) {
    Map<String, String> options = new HashMap<>();
    // Each is shorter than a caller waits.
    options.put("connectTimeout", "2");
    options.put("sslResponseTimeout", "1000"); // the only one in milliseconds
    options.put("socketTimeout", "3");
    if (!user.isEmpty()) {
      options.put("user", user);
      options.put("password", password);
    }
    return new Store(url, Map.copyOf(options), "BEGIN; SET LOCAL statement_timeout = '2s'", 8);
  }

  Connection connect() throws SQLException {
    Properties properties = new Properties();
    properties.putAll(options);
    return DriverManager.getConnection(url, properties);
  }

  /** Returns the URL without what may be secret. */
  @Override
  public String toString() {
    return url.replaceFirst("\\?.*", "");
  }
}
