package dev.srun.http;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client may take how long for, on platform threads and on the listener's own choice. */
@Timeout(60)
final class TimeLimitsTest {
  private static final Duration SHORT = Duration.ofMillis(60);
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final String TEXT = "text/plain";

  private final OneService web = new OneService();
  private final CountDownLatch release = new CountDownLatch(1);

  @AfterEach
  void stop() {
    release.countDown();
    web.close();
  }

  private HttpListener listener(boolean platform) throws IOException {
    HttpListener http = web.http().handle("/ok", TimeLimitsTest::ok);
    return platform ? http.onPlatformThreads(4) : http;
  }

  private static HttpListener opened(HttpListener http) {
    http.open();
    return http;
  }

  private static void ok(HttpExchange exchange) throws IOException {
    HttpListener.respond(exchange, 200, TEXT, "ok");
  }

  private static void echo(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    HttpListener.respond(exchange, 200, TEXT, new String(body, StandardCharsets.UTF_8));
  }

  /** A head that is begun now has been given up: what is older has been for as long. */
  private static void awaitLimitOfHeads(HttpListener http) throws IOException {
    try (Wire half = new Wire(http.address()).send("GET /ok HTTP/1.1\r\nHost:")) {
      assertTrue(half.isClosedByServer());
    }
  }

  private List<LogRecord> warnings() {
    return web.log().stream()
        .filter(record -> record.getLevel().intValue() >= Level.WARNING.intValue())
        .toList();
  }

  private static String message(LogRecord record) {
    return new java.util.logging.SimpleFormatter().formatMessage(record);
  }

  private void assertAtRest(HttpListener http) throws IOException {
    await().until(() -> http.inFlight() == 0);
    for (int i = 0; i < 8; i++) {
      assertEquals(200, Wire.get(http, "/ok").status());
    }
    await().until(() -> http.inFlight() == 0);
  }

  // Reading

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void halfAHeadIsGivenUpWithoutFloodingTheLog(boolean platform) throws Exception {
    HttpListener http = opened(listener(platform).readWithin(SHORT));
    try (Wire half = new Wire(http.address()).send("GET /ok HTTP/1.1\r\nHost:");
        Wire word = new Wire(http.address()).send("G")) {
      assertTrue(half.isClosedByServer());
      assertTrue(word.isClosedByServer());
    }
    assertAtRest(http);
    assertEquals(List.of(), warnings());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aHeadThatTricklesInIsGivenUpAsAWhole(boolean platform) throws Exception {
    HttpListener http = opened(listener(platform).readWithin(SHORT));
    try (Wire slow = new Wire(http.address()).send("GET /ok HTTP/1.1\r\n")) {
      await().pollInterval(Duration.ofMillis(10)).until(() -> isCutOff(slow));
    }
    assertAtRest(http);
  }

  private static boolean isCutOff(Wire wire) {
    try {
      wire.send("x: y\r\n");
      return false;
    } catch (IOException cut) {
      return true;
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anUploadAndAnAnswerMayTakeLongerThanAHead(boolean platform) throws Exception {
    HttpListener http =
        opened(
            listener(platform)
                .readWithin(SHORT)
                .handle("/echo", TimeLimitsTest::echo)
                .handle(
                    "/stream",
                    exchange -> {
                      exchange.sendResponseHeaders(200, 0);
                      try (OutputStream out = exchange.getResponseBody()) {
                        out.write('a');
                        out.flush();
                        release.await();
                        out.write('z');
                      }
                    }));
    try (Wire upload = new Wire(http.address());
        Wire stream = new Wire(http.address()).request("GET", "/stream")) {
      upload.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\na");
      await().until(() -> http.inFlight() == 2);
      awaitLimitOfHeads(http);
      release.countDown();

      assertEquals("az", upload.send("z").answer().body());
      assertEquals("az", stream.answer().body());
    }
    assertEquals(List.of(), warnings());
  }

  @Test
  void halfHeadsButNoHandlersAreGivenUpSoonWhileARequestWaits() throws Exception {
    HttpListener http =
        opened(
            web.http()
                .onPlatformThreads(2)
                .readWithin(LONG)
                .handle("/ok", TimeLimitsTest::ok)
                .handle(
                    "/slow",
                    LONG.dividedBy(2),
                    exchange -> {
                      release.await();
                      ok(exchange);
                    }));
    try (Wire slow = new Wire(http.address()).request("GET", "/slow");
        Wire half = new Wire(http.address()).send("GET /ok HTTP/1.1\r\nHost:");
        Wire next = new Wire(http.address())) {
      await().until(() -> http.inFlight() == 2);
      next.send("GET /ok HTTP/1.1\r\nHost:");

      assertEquals(200, Wire.get(http, "/ok").status());
      assertTrue(half.isClosedByServer());
      release.countDown();
      assertEquals(200, slow.answer().status());
    }
    assertEquals(List.of(), warnings());
  }

  @Test
  void aSlowHeadHasItsTimeWhileNoRequestWaits() throws Exception {
    HttpListener http =
        opened(web.http().onPlatformThreads(2).readWithin(LONG).handle("/ok", TimeLimitsTest::ok));
    HttpListener clock = opened(listener(true).readWithin(TimeLimits.HURRIED.multipliedBy(2)));
    try (Wire slow = new Wire(http.address()).send("GET /ok HTTP/1.1\r\nHost:")) {
      await().until(() -> http.inFlight() == 1);
      assertEquals(200, Wire.get(http, "/ok").status());
      awaitLimitOfHeads(clock);

      assertEquals(200, slow.send(" t\r\n\r\n").answer().status());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anIdleConnectionIsNoHead(boolean platform) throws Exception {
    HttpListener http = opened(listener(platform).readWithin(SHORT));
    try (Wire kept = new Wire(http.address())) {
      assertEquals(200, kept.request("GET", "/ok").answer().status());
      awaitLimitOfHeads(http);
      assertEquals(200, kept.request("GET", "/ok").answer().status());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/ok", "/none"})
  void theRestOfAnAnsweredRequestIsNotWaitedForLonger(String path) throws Exception {
    for (boolean platform : new boolean[] {true, false}) {
      try (HttpListener http = opened(listener(platform).readWithin(SHORT))) {
        String head = "POST " + path + " HTTP/1.1\r\nHost: t\r\n";
        try (Wire length = new Wire(http.address()).send(head + "Content-Length: 9\r\n\r\nx");
            Wire chunks =
                new Wire(http.address()).send(head + "Transfer-Encoding: chunked\r\n\r\n9\r\nx")) {
          for (Wire wire : List.of(length, chunks)) {
            assertEquals(path.equals("/ok") ? 200 : 404, wire.answer().status());
            assertTrue(wire.isClosedByServer());
          }
        }
        assertAtRest(http);
        assertEquals(List.of(), warnings());
      }
    }
  }

  @Test
  void aHandlerThatGoesOnAfterItsAnswerIsNotInterrupted() throws Exception {
    ConcurrentLinkedQueue<Boolean> inPeace = new ConcurrentLinkedQueue<>();
    HttpListener http =
        opened(
            listener(true)
                .readWithin(SHORT)
                .handle(
                    "/later",
                    exchange -> {
                      echo(exchange);
                      inPeace.add(release.await(20, TimeUnit.SECONDS));
                    }));
    try (Wire wire = new Wire(http.address()).post("/later", "x")) {
      assertEquals(200, wire.answer().status());
      awaitLimitOfHeads(http);
      release.countDown();
      await().until(() -> http.inFlight() == 0);
    }
    assertEquals(List.of(true), List.copyOf(inPeace));
  }

  // Routes

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aHandlerThatWaitsTooLongIsInterruptedAndAnsweredFor(boolean platform) throws Exception {
    HttpListener http =
        opened(
            listener(platform)
                .handle("/stuck", SHORT, exchange -> new CountDownLatch(1).await())
                .handle("/else", LONG, TimeLimitsTest::ok));
    Wire.Answer answer = Wire.get(http, "/stuck");

    assertEquals(503, answer.status());
    assertTrue(answer.saysClose());
    assertEquals("not answered within 0.06s\n", answer.body());
    await().until(() -> warnings().size() == 1);
    assertEquals(
        "/stuck has passed its limit of 0.06s and is interrupted", message(warnings().getFirst()));
    assertEquals(200, Wire.get(http, "/else").status());
    assertAtRest(http);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void readingABodyIsPartOfARoutesLimit(boolean platform) throws Exception {
    HttpListener http = opened(listener(platform).handle("/echo", SHORT, TimeLimitsTest::echo));
    try (Wire half = new Wire(http.address())) {
      half.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\na");

      assertTrue(half.isClosedByServer());
    }
    await().until(() -> warnings().size() == 1);
    assertAtRest(http);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void writingToAClientThatDoesNotReadIsPartOfARoutesLimit(boolean platform) throws Exception {
    byte[] block = new byte[1 << 20];
    HttpListener http =
        opened(
            listener(platform)
                .handle(
                    "/endless",
                    Duration.ofMillis(200),
                    exchange -> {
                      exchange.sendResponseHeaders(200, 0);
                      while (true) {
                        exchange.getResponseBody().write(block);
                      }
                    }));
    try (Wire deaf = new Wire(http.address()).request("GET", "/endless")) {
      await().until(() -> warnings().size() == 1);
      assertAtRest(http);
      assertTrue(deaf.isOpen());
    }
    assertEquals(List.of(), web.errors());
  }

  @Test
  void anInterruptThatAHandlerSwallowsHitsNothingElse() throws Exception {
    ConcurrentLinkedQueue<Boolean> interrupted = new ConcurrentLinkedQueue<>();
    HttpListener http =
        opened(
            web.http()
                .onPlatformThreads(1)
                .handle(
                    "/late",
                    SHORT,
                    exchange -> {
                      while (!Thread.currentThread().isInterrupted()) {
                        Thread.onSpinWait();
                      }
                      ok(exchange);
                    })
                .handle(
                    "/stray",
                    exchange -> {
                      ok(exchange);
                      Thread.currentThread().interrupt();
                    })
                .handle(
                    "/ok",
                    exchange -> {
                      interrupted.add(Thread.currentThread().isInterrupted());
                      ok(exchange);
                    }));
    for (int i = 0; i < 3; i++) {
      try (Wire wire = new Wire(http.address()).request("GET", "/late")) {
        wire.isClosedByServer(); // the channel that it writes to is closed by its interrupt
      }
      assertEquals(200, Wire.get(http, "/ok").status());
      assertEquals(200, Wire.get(http, "/stray").status());
      assertEquals(200, Wire.get(http, "/ok").status());
    }
    assertEquals(6, interrupted.size());
    assertFalse(interrupted.contains(true));
  }

  @Test
  void aLimitIsPositiveAndThatOfReadingComesBeforeTheListenerIsOpened() throws Exception {
    HttpListener http = opened(listener(false));

    assertThrows(IllegalStateException.class, () -> http.readWithin(SHORT));
    assertThrows(
        IllegalArgumentException.class, () -> http.handle("/x", Duration.ZERO, exchange -> {}));
    assertThrows(IllegalArgumentException.class, () -> web.http().readWithin(Duration.ZERO));
    http.handle("/x", Duration.ofSeconds(Long.MAX_VALUE), TimeLimitsTest::ok);
    assertEquals(200, Wire.get(http, "/x").status());
  }

  // The watcher

  private static List<Thread> watchers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("web-api-limits"))
        .toList();
  }

  @Test
  void anIdleListenerWakesNobodyAndAClosedOneHasNoWatcher() throws Exception {
    HttpListener http = opened(listener(false).readWithin(SHORT));
    await().until(() -> watchers().getFirst().getState() == Thread.State.WAITING);
    assertEquals(200, Wire.get(http, "/ok").status());
    awaitLimitOfHeads(http);
    await().until(() -> watchers().getFirst().getState() == Thread.State.WAITING);
    assertTrue(watchers().getFirst().isDaemon());
    http.close();

    await().until(() -> watchers().isEmpty());
  }
}
