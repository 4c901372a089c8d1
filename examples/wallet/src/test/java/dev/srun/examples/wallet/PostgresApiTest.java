package dev.srun.examples.wallet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

@ResourceLock("PostgreSQL")
final class PostgresApiTest extends ApiContract {

  @Override
  Map<String, String> emptyStore() throws SQLException {
    return Map.of("DATABASE_URL", Postgres.empty());
  }

  @Override
  Connection holdingTheLedger() throws SQLException {
    Connection connection = Postgres.connect();
    connection.setAutoCommit(false);
    return execute(connection, "LOCK TABLE transfers");
  }

  @Test
  void connectionsThatDiedAreReplaced() throws Exception {
    client().open("ann", 5);
    Postgres.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            + " AND backend_type = 'client backend'");
    assertEquals(200, client().get("/accounts/ann").status());
  }

  @Test
  void aDatabaseThatIsGoneIsA503() throws Exception {
    EmbeddedPostgres server = Postgres.start();
    try (var wallet = start(Map.of("DATABASE_URL", Postgres.url(server)));
        var client = new Client(api(wallet))) {
      assertEquals(201, client.open("ann", 5).status());
      server.close();
      assertEquals(503, client.get("/accounts/ann").status());
      assertEquals(503, client.open("bob", 5).status());
    }
  }
}
