package dev.srun.bench.load;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.BitSet;
import java.util.concurrent.locks.LockSupport;

/**
 * Makes transfers, each with an id of its own, in a circle of accounts; in the end every one that
 * was acknowledged must be there, and every one that is there must be there once.
 *
 * <p>The wallet makes a transfer once however often it is asked: asking again for each says which
 * were there, and then all accounts must have what all transfers together leave them with.
 */
final class Transfers implements Workload {
  private static final int ACCOUNTS = 16;
  private static final Duration SETTLED = Duration.ofMillis(500);
  private static final long OPENING = 1_000_000_000L;

  private final BitSet asked = new BitSet();
  private final BitSet acknowledged = new BitSet();

  @Override
  public void prepare(InetSocketAddress server) throws IOException {
    try (Client client = new Client(server)) {
      for (int i = 0; i < ACCOUNTS; i++) {
        client.expect("POST", "/accounts", account(i, OPENING), 201);
      }
    }
  }

  private static String account(int number, long balance) {
    return "{\"account\":\"" + name(number) + "\",\"balance\":" + balance + "}";
  }

  private static String name(long number) {
    return "account" + number % ACCOUNTS;
  }

  private static long amount(long number) {
    return 1 + number % 7;
  }

  @Override
  public Request request(long number, Kind kind) {
    asked.set(Math.toIntExact(number));
    String json = json(number);
    return Request.post(number, kind, "/transfers", json, 201, json + "\n");
  }

  private static String json(long number) {
    return "{\"id\":\"t%d\",\"from\":\"%s\",\"to\":\"%s\",\"amount\":%d}"
        .formatted(number, name(number), name(number + 1), amount(number));
  }

  @Override
  public void ended(long number, Outcome outcome) {
    if (outcome == Outcome.OK) {
      acknowledged.set(Math.toIntExact(number));
    }
  }

  @Override
  public String verify(InetSocketAddress server) throws IOException, LostException {
    try (Client client = new Client(server)) {
      long[] balances = new long[ACCOUNTS];
      String sum = "\"sum\":" + OPENING * ACCOUNTS + "}";
      String before = settledAudit(client);
      int there = 0;
      for (int number : asked.stream().toArray()) {
        int status = client.send("POST", "/transfers", json(number)).status();
        if (status == 200) {
          there++;
        } else if (status != 201 || acknowledged.get(number)) {
          throw new LostException("t%d was acknowledged and is lost: %d".formatted(number, status));
        }
        balances[number % ACCOUNTS] -= amount(number);
        balances[(number + 1) % ACCOUNTS] += amount(number);
      }
      expect("{\"transfers\":" + there + "," + sum, before);
      for (int i = 0; i < ACCOUNTS; i++) {
        expect(account(i, OPENING + balances[i]), client.get("/accounts/" + name(i)).strip());
      }
      expect("{\"transfers\":" + asked.cardinality() + "," + sum, client.get("/audit").strip());
      return "%d asked for, %d acknowledged, %d there, each once"
          .formatted(asked.cardinality(), acknowledged.cardinality(), there);
    }
  }

  /** What timed out here may still be made there. */
  private static String settledAudit(Client client) throws IOException {
    String audit;
    String next = client.get("/audit");
    do {
      audit = next;
      LockSupport.parkNanos(SETTLED.toNanos());
      next = client.get("/audit");
    } while (!next.equals(audit));
    return audit.strip();
  }

  private static void expect(String expected, String found) throws LostException {
    if (!found.equals(expected)) {
      throw new LostException("expected " + expected + " and found " + found);
    }
  }
}
