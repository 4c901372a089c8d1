package dev.srun.examples.wallet;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** One real PostgreSQL for all tests of this JVM. */
final class Postgres {
  private static final EmbeddedPostgres SERVER = start();

  private Postgres() {}

  static EmbeddedPostgres start() {
    try {
      return EmbeddedPostgres.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the URL of an empty database. */
  static String empty() throws SQLException {
    execute("DROP TABLE IF EXISTS transfers, accounts");
    return url(SERVER);
  }

  static String url(EmbeddedPostgres server) {
    return "postgres://postgres:secret@127.0.0.1:%d/postgres".formatted(server.getPort());
  }

  static Connection connect() throws SQLException {
    return SERVER.getPostgresDatabase().getConnection();
  }

  static void execute(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
