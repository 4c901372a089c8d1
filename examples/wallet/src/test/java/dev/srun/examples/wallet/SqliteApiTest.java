package dev.srun.examples.wallet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SqliteApiTest extends ApiContract {
  @TempDir Path directory;

  @Override
  Map<String, String> emptyStore() {
    return Map.of("WALLET_DATA", directory.resolve("wallet.db").toString());
  }

  @Override
  Connection holdingTheLedger() throws SQLException {
    String url = "jdbc:sqlite:" + directory.resolve("wallet.db");
    return execute(DriverManager.getConnection(url), "BEGIN IMMEDIATE");
  }

  @Test
  void whoOnlyReadsIsAnsweredWhileAnotherProgramWrites() throws Exception {
    client().open("ann", 5);
    Connection holding = holdingTheLedger();
    try {
      assertEquals(200, client().get("/accounts/ann").status());
      assertEquals(200, client().get("/audit").status());
    } finally {
      holding.close();
    }
  }
}
