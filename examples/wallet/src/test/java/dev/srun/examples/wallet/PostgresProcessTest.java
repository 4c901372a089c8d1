package dev.srun.examples.wallet;

import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.parallel.ResourceLock;

@ResourceLock("PostgreSQL")
final class PostgresProcessTest extends ProcessContract {

  @Override
  Map<String, String> emptyStore() throws SQLException {
    return Map.of("DATABASE_URL", Postgres.empty());
  }
}
