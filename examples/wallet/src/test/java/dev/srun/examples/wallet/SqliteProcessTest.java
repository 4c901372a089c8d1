package dev.srun.examples.wallet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
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

  @Test
  void aServiceThatIgnoresEverythingIsReportedOnceAndEndsWithTheGrace() throws Exception {
    Map<String, String> environment = new HashMap<>(emptyStore());
    environment.put("WALLET_ADDRESS", "127.0.0.1:0");
    environment.put("WALLET_STUBBORN", "on");
    environment.put("SRUN_GRACEFUL_TIMEOUT", "2s");
    try (WalletProcess wallet = WalletProcess.start(environment)) {
      wallet.awaitApi();
      long asked = System.nanoTime();
      wallet.terminate();
      assertEquals(3, wallet.awaitExit(), wallet::log);
      Duration took = Duration.ofNanos(System.nanoTime() - asked);
      // Half a second more than the grace is srun's, the rest the JVM's and a busy machine's.
      assertTrue(took.compareTo(Duration.ofMillis(2_000 + 500 + 1_200)) < 0, took::toString);
      List<String> reports =
          wallet.log().lines().filter(line -> line.contains("still in")).toList();
      assertEquals(1, reports.size(), wallet::log);
      assertTrue(
          reports
              .getFirst()
              .matches(".* rates-feed: still in stop after \\S+ of \\S+, at .*RatesFeed.*"),
          wallet::log);
    }
  }
}
