package dev.srun.examples.wallet;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Prometheus is told of the requests. */
final class MetricsTest {
  private static final Pattern COUNT =
      Pattern.compile(
          "(?m)^http_server_request_duration_seconds_count\\{"
              + "http_request_method=\"(?<method>[^\"]*)\",http_response_status_code=\"(?<status>[^\"]*)\","
              + "http_route=\"(?<route>[^\"]*)\",otel_scope_name=\"wallet.wallet-api\","
              + "url_scheme=\"http\"} (?<count>\\d+)$");

  @TempDir Path directory;

  @Test
  void requestsOfClientsAreCountedAndTimedByRouteAndStatus() throws Exception {
    Map<String, String> environment =
        Map.of(
            "WALLET_DATA", directory.resolve("wallet.db").toString(),
            "WALLET_ADDRESS", "127.0.0.1:0",
            "SRUN_ADMIN_ADDRESS", "127.0.0.1:0",
            "SRUN_WARM_UP", "always");
    try (WalletProcess wallet = WalletProcess.start(environment);
        Client client = new Client(wallet.awaitApi());
        Client admin = new Client(wallet.awaitAdmin())) {
      wallet.awaitLine("warmed up 'api': ", Duration.ofSeconds(20));
      // Measured from when the meter is there.
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> {
            client.get("/audit");
            return counts(admin).containsKey("GET /audit 200");
          });
      client.open("ann", 100);
      client.open("bob", 0);
      client.open("bob", 0);
      client.transfer("t1", "ann", "bob", 5);
      client.transfer("t2", "ann", "nobody", 5);
      client.get("/accounts/ann");
      client.get("/accounts/bob");
      client.get("/accounts/nobody");
      Map<String, Long> expected =
          Map.of(
              "POST /accounts 201", 2L,
              "POST /accounts 200", 1L,
              "POST /transfers 201", 1L,
              "POST /transfers 422", 1L,
              "GET /accounts/* 200", 2L,
              "GET /accounts/* 404", 1L);

      // A request is measured when its answer has gone.
      await()
          .untilAsserted(() -> {
            Map<String, Long> counts = counts(admin);
            counts.remove("GET /audit 200");
            assertEquals(expected, counts);
          });
    }
  }

  private static Map<String, Long> counts(Client admin) throws Exception {
    Map<String, Long> counts = new TreeMap<>();
    Matcher found = COUNT.matcher(admin.get("/metrics").body());
    while (found.find()) {
      counts.put(
          "%s %s %s".formatted(found.group("method"), found.group("route"), found.group("status")),
          Long.valueOf(found.group("count")));
    }
    return counts;
  }
}
