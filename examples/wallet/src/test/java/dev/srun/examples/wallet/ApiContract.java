package dev.srun.examples.wallet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.Config;
import dev.srun.HealthStatus;
import dev.srun.Phase;
import dev.srun.PhaseTime;
import dev.srun.Running;
import dev.srun.ServiceHealth;
import dev.srun.Srun;
import dev.srun.WarmUp;
import dev.srun.examples.wallet.Client.Answer;
import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the API promises on every store; the wallet runs inside the test. */
abstract class ApiContract {
  private static final long LONGEST = Long.MAX_VALUE;

  private Running wallet;
  private Client client;

  /** Returns the environment that names a store with nothing in it. */
  abstract Map<String, String> emptyStore() throws Exception;

  /** Returns a connection that holds back every transfer until it is closed. */
  abstract Connection holdingTheLedger() throws SQLException;

  @BeforeEach
  void startTheWallet() throws Exception {
    wallet = start(emptyStore());
    client = new Client(api(wallet));
  }

  @AfterEach
  void stopTheWallet() {
    client.close();
    wallet.close();
  }

  static Running start(Map<String, String> store) {
    return start(Config.named("wallet"), store);
  }

  private static Running start(Config config, Map<String, String> store) {
    Map<String, String> environment = new HashMap<>(store);
    environment.put("WALLET_ADDRESS", "127.0.0.1:0");
    return Srun.start(
        config.withoutSignals(), app -> Wallet.register(app, Settings.from(environment)));
  }

  static URI api(Running wallet) {
    return URI.create(wallet.status().service("wallet-api").facts().get("api"));
  }

  Client client() {
    return client;
  }

  static void assertAnswer(int status, String body, Answer answer) {
    assertEquals(new Answer(status, body), answer);
  }

  @Test
  void anAccountIsOpenedOnce() throws Exception {
    assertAnswer(201, "{\"account\":\"ann\",\"balance\":5}", client.open("ann", 5));
    assertAnswer(200, "{\"account\":\"ann\",\"balance\":5}", client.open("ann", 5));
    assertAnswer(
        409, "{\"error\":\"account: ann was opened with another balance\"}", client.open("ann", 6));
    assertAnswer(200, "{\"account\":\"ann\",\"balance\":5}", client.get("/accounts/ann"));
  }

  @Test
  void anAccountIsTheSameAfterItsBalanceHasChanged() throws Exception {
    client.open("ann", 5);
    client.open("bob", 0);
    client.transfer("t1", "ann", "bob", 5);
    assertEquals(200, client.open("ann", 5).status());
    assertEquals(409, client.open("ann", 0).status());
  }

  @Test
  void aWalletIsWarmWithoutATraceInItsBooks() throws Exception {
    Config config = Config.named("wallet").warmUp(WarmUp.ALWAYS);
    try (Running warm = start(config, emptyStore());
        Client other = new Client(api(warm))) {
      List<Phase> phases =
          warm.status().service("wallet-api").phases().stream().map(PhaseTime::phase).toList();
      assertTrue(phases.contains(Phase.WARM_UP), phases::toString);
      assertAnswer(200, "{\"transfers\":0,\"sum\":0}", other.get("/audit"));
      assertAnswer(201, "{\"account\":\"nobody\",\"balance\":5}", other.open("nobody", 5));
    }
  }

  @Test
  void aTransferIsMadeOnce() throws Exception {
    client.open("ann", 5);
    client.open("bob", 0);
    String made = "{\"id\":\"t1\",\"from\":\"ann\",\"to\":\"bob\",\"amount\":5}";
    assertAnswer(201, made, client.transfer("t1", "ann", "bob", 5));
    assertAnswer(200, made, client.transfer("t1", "ann", "bob", 5));
    String conflict = "{\"error\":\"id: t1 is another transfer\"}";
    assertAnswer(409, conflict, client.transfer("t1", "ann", "bob", 4));
    assertAnswer(409, conflict, client.transfer("t1", "bob", "ann", 5));
    assertAnswer(200, "{\"account\":\"ann\",\"balance\":0}", client.get("/accounts/ann"));
    assertAnswer(200, "{\"account\":\"bob\",\"balance\":5}", client.get("/accounts/bob"));
    assertAnswer(200, "{\"transfers\":1,\"sum\":5}", client.get("/audit"));
  }

  @ParameterizedTest
  @CsvSource({
    "ann, bob, 6, from: ann has too little",
    "eve, bob, 1, from: there is no account eve",
    "ann, eve, 1, to: there is no account eve",
    "bob, abe, 1, to: there is no account abe"
  })
  void aTransferThatIsNotPossibleLeavesNoTrace(String from, String to, long amount, String error)
      throws Exception {
    client.open("ann", 5);
    client.open("bob", 5);
    assertAnswer(422, "{\"error\":\"" + error + "\"}", client.transfer("t1", from, to, amount));
    assertAnswer(200, "{\"transfers\":0,\"sum\":10}", client.get("/audit"));
    assertEquals(201, client.transfer("t1", "ann", "bob", 5).status());
  }

  @Test
  void anAccountThatIsNotThereIsNotFound() throws Exception {
    assertAnswer(404, "{\"error\":\"account: there is no eve\"}", client.get("/accounts/eve"));
    assertEquals(404, client.get("/accounts/(opening)").status());
    assertEquals(404, client.get("/accounts/%00").status());
    assertEquals(404, client.get("/nothing").status());
    assertEquals(405, client.get("/transfers").status());
  }

  @Test
  void noBalanceOverflows() throws Exception {
    assertEquals(201, client.open("ann", LONGEST - 1).status());
    assertAnswer(
        422, "{\"error\":\"balance: more than the books can hold\"}", client.open("bob", 2));
    assertEquals(404, client.get("/accounts/bob").status());
    assertEquals(201, client.open("bob", 1).status());
    assertEquals(201, client.transfer("t1", "bob", "ann", 1).status());
    assertAnswer(
        200, "{\"account\":\"ann\",\"balance\":" + LONGEST + "}", client.get("/accounts/ann"));
    assertAnswer(200, "{\"transfers\":1,\"sum\":" + LONGEST + "}", client.get("/audit"));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "``                                                  | body",
        "no                                                  | body",
        "[]                                                  | body",
        "{                                                   | body",
        "{'id':'a','from':'b','to':'c','amount':1            | body",
        "{'id':'a','from':'b','to':'c','amount':1} 2         | body",
        "{'id':'a','from':'b','to':'c','amount':01}          | body",
        "{}                                                  | id",
        "{'id':1,'from':'b','to':'c','amount':1}             | id",
        "{'id':null,'from':'b','to':'c','amount':1}          | id",
        "{'id':'','from':'b','to':'c','amount':1}            | id",
        "{'id':'a','id':'a','from':'b','to':'c','amount':1}  | id",
        "{'id':'a','from':{},'to':'c','amount':1}            | from",
        "{'id':'a','from':'(opening)','to':'c','amount':1}   | from",
        "{'id':'a','from':'b','amount':1}                    | to",
        "{'id':'a','from':'b','to':['c'],'amount':1}         | to",
        "{'id':'a','from':'b','to':'b','amount':1}           | to",
        "{'id':'a','from':'b','to':'c'}                      | amount",
        "{'id':'a','from':'b','to':'c','amount':0}           | amount",
        "{'id':'a','from':'b','to':'c','amount':-1}          | amount",
        "{'id':'a','from':'b','to':'c','amount':1.0}         | amount",
        "{'id':'a','from':'b','to':'c','amount':1e2}         | amount",
        "{'id':'a','from':'b','to':'c','amount':'1'}         | amount",
        "{'id':'a','from':'b','to':'c','amount':true}        | amount",
        "{'id':'a','from':'b','to':'c','amount':9223372036854775808} | amount",
        "{'id':'a','from':'b','to':'c','amount':1,'note':''} | note"
      })
  void badInputIsRefusedByTheNameOfTheField(String body, String field) throws Exception {
    Answer answer = client.post("/transfers", body.replace('\'', '"'));
    assertEquals(400, answer.status(), answer.body());
    assertTrue(answer.body().startsWith("{\"error\":\"" + field + ": "), answer.body());
  }

  @Test
  void anOpeningBalanceMayBeZeroButNotLess() throws Exception {
    assertEquals(201, client.open("ann", 0).status());
    assertAnswer(
        400,
        "{\"error\":\"balance: expected a whole number from 0 to 9223372036854775807\"}",
        client.open("bob", -1));
    assertEquals(400, client.open("b/b", 1).status());
    assertEquals(400, client.open("b".repeat(65), 1).status());
    assertEquals(201, client.open("b".repeat(64), 1).status());
  }

  @Test
  void aBodyThatIsTooLongIsRefused() throws Exception {
    assertEquals(413, client.post("/transfers", "x".repeat(64 * 1024 + 1)).status());
    assertEquals(400, client.post("/transfers", "x".repeat(64 * 1024)).status());
  }

  @Test
  void ofManyAtOnceExactlyOneMakesTheTransfer() throws Exception {
    client.open("ann", 100);
    client.open("bob", 0);
    List<Integer> statuses =
        atOnce(8, number -> () -> client.transfer("t1", "ann", "bob", 1).status());
    assertEquals(1, statuses.stream().filter(status -> status == 201).count(), statuses.toString());
    assertEquals(7, statuses.stream().filter(status -> status == 200).count(), statuses.toString());
    assertAnswer(200, "{\"transfers\":1,\"sum\":100}", client.get("/audit"));
  }

  @Test
  void transfersInBothDirectionsDoNotBlockEachOther() throws Exception {
    client.open("ann", 100);
    client.open("bob", 100);
    List<Integer> statuses =
        atOnce(
            40,
            number ->
                () -> {
                  String from = number % 2 == 0 ? "ann" : "bob";
                  String to = number % 2 == 0 ? "bob" : "ann";
                  return client.transfer("t" + number, from, to, 1).status();
                });
    assertTrue(statuses.stream().allMatch(status -> status == 201), statuses.toString());
    assertAnswer(200, "{\"account\":\"ann\",\"balance\":100}", client.get("/accounts/ann"));
    assertAnswer(200, "{\"transfers\":40,\"sum\":200}", client.get("/audit"));
  }

  @Test
  void aStoreThatCannotAnswerIsA503InBoundedTime() throws Exception {
    client.open("ann", 5);
    client.open("bob", 0);
    Connection holding = holdingTheLedger();
    try {
      long before = System.nanoTime();
      assertAnswer(
          503,
          "{\"error\":\"the database cannot answer, try again\"}",
          client.transfer("t1", "ann", "bob", 5));
      Duration took = Duration.ofNanos(System.nanoTime() - before);
      assertTrue(took.toSeconds() <= Database.WAIT_SECONDS, took.toString());
    } finally {
      holding.close();
    }
    assertEquals(201, client.transfer("t1", "ann", "bob", 5).status());
  }

  @Test
  void aStoreThatIsBusyIsNotUnhealthy() throws Exception {
    Config oftenChecked =
        Config.named("wallet")
            .healthInterval(Duration.ofMillis(100))
            .healthTimeout(Duration.ofMillis(1_500)); // requests wait for the store for longer
    try (Running busy = start(oftenChecked, emptyStore());
        Client caller = new Client(api(busy))) {
      caller.open("ann", 5);
      caller.open("bob", 0);
      ServiceHealth before = busy.status().service("database").health();
      Connection holding = holdingTheLedger();
      try {
        assertEquals(503, caller.transfer("t1", "ann", "bob", 5).status());
      } finally {
        holding.close();
      }
      ServiceHealth after = busy.status().service("database").health();
      assertTrue(after.checkedAt().isAfter(before.checkedAt()), after::toString);
      assertEquals(HealthStatus.HEALTHY, after.status(), after::toString);
      assertEquals(before.since(), after.since());
    }
  }

  private static <T> List<T> atOnce(int callers, IntFunction<Callable<T>> call) throws Exception {
    try (var threads = Executors.newFixedThreadPool(8)) {
      List<Future<T>> answers =
          threads.invokeAll(IntStream.range(0, callers).mapToObj(call).toList());
      return answers.stream().map(Future::resultNow).toList();
    }
  }

  static Connection execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
    return connection;
  }
}
