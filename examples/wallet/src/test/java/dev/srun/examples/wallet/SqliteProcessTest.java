package dev.srun.examples.wallet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SqliteProcessTest extends ProcessContract {
  @TempDir Path directory;

  @Override
  Map<String, String> emptyStore() {
    return Map.of("WALLET_DATA", directory.resolve("wallet.db").toString());
  }

  @Test
  void aBadVariableIsNamedAndEndsTheWalletWithTwo() throws Exception {
    try (WalletProcess wallet = WalletProcess.start(Map.of("WALLET_ADDRESS", "nowhere"))) {
      assertEquals(2, wallet.awaitExit());
      assertTrue(
          wallet.log().contains("WALLET_ADDRESS is 'nowhere': expected host:port"), wallet::log);
    }
  }
}
