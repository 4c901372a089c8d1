package dev.srun.examples.wallet;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.examples.wallet.Client.Answer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What callers and operators see while PostgreSQL hangs, is gone, and is back again. */
final class PostgresOutageTest {
  private static final Duration INTERVAL = Duration.ofMillis(500);
  private static final Duration TIMEOUT = Duration.ofSeconds(1);

  /** One check, and what a busy machine may add. */
  private static final Duration KNOWN_WITHIN = INTERVAL.plus(TIMEOUT).plusSeconds(3);

  private static final Duration AT_ONCE = Duration.ofSeconds(1);
  private static final String OUTAGE =
      "{\"error\":\"try again later: ledger UNHEALTHY <- database UNHEALTHY: ";

  @TempDir Path directory;

  @Test
  void anOutageIsToldAtOnceAndIsOverWithoutARestart() throws Exception {
    try (var postgres = new BreakablePostgres(directory.resolve("postgres"));
        var wallet = WalletProcess.start(environment(postgres));
        var client = new Client(wallet.awaitApi());
        var other = new Client(wallet.awaitApi());
        var threads = Executors.newSingleThreadExecutor()) {
      assertEquals(201, client.open("ann", 5).status());
      assertEquals(201, client.open("bob", 0).status());

      postgres.freeze();
      Future<Answer> waiting = threads.submit(() -> other.get("/accounts/ann"));
      wallet.awaitLine("wallet.database UNHEALTHY: no answer to SELECT 1", KNOWN_WITHIN);
      wallet.awaitLine("; so ledger UNHEALTHY, wallet-api UNHEALTHY", KNOWN_WITHIN);
      assertEquals(503, waiting.get(AT_ONCE.toMillis(), TimeUnit.MILLISECONDS).status());
      awaitOutage(client, "no answer to SELECT 1 in time");
      assertEquals(Optional.of("5"), client.retryAfter("/accounts/ann"));

      postgres.kill();
      assertRefusedAtOnce(client);
      awaitOutage(client, "Connection to 127.0.0.1:");

      postgres.startAgain();
      wallet.awaitLine("wallet.database HEALTHY (was UNHEALTHY for ", Duration.ofSeconds(10));
      wallet.awaitLine("; so ledger HEALTHY, wallet-api HEALTHY", Duration.ofSeconds(10));
      await()
          .untilAsserted(() ->
              assertEquals(
                  new Answer(200, "{\"account\":\"ann\",\"balance\":5}"),
                  client.get("/accounts/ann")));
      assertEquals(201, client.transfer("t1", "ann", "bob", 5).status());
      assertEquals("{\"transfers\":1,\"sum\":5}", client.get("/audit").body());

      wallet.terminate();
      assertEquals(0, wallet.awaitExit(), wallet::log);
      assertEquals(1, wallet.log().split("wallet.database UNHEALTHY", -1).length - 1, wallet::log);
    }
  }

  private static Map<String, String> environment(BreakablePostgres postgres) {
    return Map.of(
        "DATABASE_URL", postgres.url(),
        "WALLET_ADDRESS", "127.0.0.1:0",
        "SRUN_HEALTH_INTERVAL", INTERVAL.toString(),
        "SRUN_HEALTH_TIMEOUT", TIMEOUT.toString());
  }

  /** Waits until requests are refused for that reason, and sees that they are at once. */
  private static void awaitOutage(Client client, String reason) throws Exception {
    await()
        .untilAsserted(() -> {
          String body = client.get("/accounts/ann").body();
          assertTrue(body.startsWith(OUTAGE + reason), body);
        });
    assertRefusedAtOnce(client);
  }

  private static void assertRefusedAtOnce(Client client) throws Exception {
    long before = System.nanoTime();
    Answer read = client.get("/accounts/ann");
    Answer written = client.transfer("t0", "ann", "bob", 1);
    Duration took = Duration.ofNanos(System.nanoTime() - before);
    assertEquals(503, read.status(), read.body());
    assertEquals(503, written.status(), written.body());
    assertTrue(read.body().startsWith(OUTAGE), read.body());
    assertTrue(took.compareTo(AT_ONCE) < 0, took::toString);
  }
}
