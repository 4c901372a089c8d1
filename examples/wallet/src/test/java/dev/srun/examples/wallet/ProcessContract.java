package dev.srun.examples.wallet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.examples.wallet.Ledger.Transfer;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is left of the transfers when the wallet ends under load, on every store. */
abstract class ProcessContract {
  private static final int CLIENTS = 4;
  private static final int TRANSFERS = 50;
  private static final long OPENING = 1_000_000;

  /** A transfer that was asked for, and whether the wallet said that it was made. */
  private record Asked(Transfer transfer, boolean acknowledged) {}

  private final Map<String, String> environment = new HashMap<>();

  /** Returns the environment that names a store with nothing in it. */
  abstract Map<String, String> emptyStore() throws Exception;

  @BeforeEach
  void emptyTheStore() throws Exception {
    environment.putAll(emptyStore());
    environment.put("WALLET_ADDRESS", "127.0.0.1:0");
  }

  @Test
  void termLosesNoTransferAndDoublesNone() throws Exception {
    endUnderLoad(WalletProcess::terminate, 0);
  }

  @Test
  void killLosesNoTransferAndDoublesNone() throws Exception {
    endUnderLoad(WalletProcess::kill, 128 + 9);
  }

  private void endUnderLoad(Consumer<WalletProcess> end, int exitCode) throws Exception {
    List<Asked> asked;
    try (WalletProcess wallet = WalletProcess.start(environment)) {
      URI api = wallet.awaitApi();
      openAccounts(api);
      CountDownLatch underLoad = new CountDownLatch(TRANSFERS);
      try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
        List<Future<List<Asked>>> all = new ArrayList<>();
        for (int number = 0; number < CLIENTS; number++) {
          all.add(clients.submit(askUntilItEnds(api, number, underLoad)));
        }
        assertTrue(underLoad.await(30, TimeUnit.SECONDS));
        end.accept(wallet);
        assertEquals(exitCode, wallet.awaitExit(), wallet::log);
        asked = new ArrayList<>();
        for (Future<List<Asked>> each : all) {
          asked.addAll(each.get(30, TimeUnit.SECONDS));
        }
      }
    }
    try (WalletProcess wallet = WalletProcess.start(environment);
        Client client = new Client(wallet.awaitApi())) {
      assertEachIsMadeOnce(client, asked);
    }
  }

  private static void openAccounts(URI api) throws IOException, InterruptedException {
    try (Client client = new Client(api)) {
      for (int number = 0; number < CLIENTS; number++) {
        assertEquals(201, client.open(account(number), OPENING).status());
      }
    }
  }

  /** Each client gives from its own account to the others' in turn, until the wallet is gone. */
  private static Callable<List<Asked>> askUntilItEnds(URI api, int number, CountDownLatch made) {
    return () -> {
      List<Asked> asked = new ArrayList<>();
      try (Client client = new Client(api)) {
        for (int i = 0; ; i++) {
          Transfer transfer =
              new Transfer(
                  number + "-" + i, account(number), account(number + 1 + i % 3), 1 + i % 7);
          try {
            int status = send(client, transfer);
            asked.add(new Asked(transfer, status == 201));
            made.countDown();
          } catch (IOException e) {
            asked.add(new Asked(transfer, false));
            return asked;
          }
        }
      }
    };
  }

  private static void assertEachIsMadeOnce(Client client, List<Asked> asked) throws Exception {
    Map<String, Long> balances = new HashMap<>();
    for (Asked each : asked) {
      Transfer transfer = each.transfer();
      int status = send(client, transfer);
      assertTrue(status == 200 || (status == 201 && !each.acknowledged()), each + ": " + status);
      balances.merge(transfer.from(), -transfer.amount(), Long::sum);
      balances.merge(transfer.to(), transfer.amount(), Long::sum);
    }
    for (int number = 0; number < CLIENTS; number++) {
      String account = account(number);
      assertEquals(
          "{\"account\":\"%s\",\"balance\":%d}"
              .formatted(account, OPENING + balances.getOrDefault(account, 0L)),
          client.get("/accounts/" + account).body());
    }
    assertEquals(
        "{\"transfers\":%d,\"sum\":%d}".formatted(asked.size(), CLIENTS * OPENING),
        client.get("/audit").body());
  }

  private static int send(Client client, Transfer transfer)
      throws IOException, InterruptedException {
    return client
        .transfer(transfer.id(), transfer.from(), transfer.to(), transfer.amount())
        .status();
  }

  private static String account(int number) {
    return "account" + number % CLIENTS;
  }
}
