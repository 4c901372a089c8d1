package dev.srun.http;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import dev.srun.Exit;
import dev.srun.Srun;
import dev.srun.StartFailedException;
import dev.srun.http.Wire.Answer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client gets, and what the service learns. */
@Timeout(60)
final class HttpListenerTest {
  private static final String TEXT = "text/plain; charset=utf-8";

  private final OneService web = new OneService();

  @AfterEach
  void stop() {
    web.close();
  }

  private HttpListener open(String pattern, HttpListener.Handler handler) throws IOException {
    HttpListener http = web.http().handle(pattern, handler);
    http.open();
    return http;
  }

  private static void ok(HttpExchange exchange) throws IOException {
    HttpListener.respond(exchange, 200, TEXT, "ok");
  }

  static void assertFree(InetSocketAddress address) throws IOException {
    try (ServerSocket again = new ServerSocket()) {
      again.bind(address);
    }
  }

  // Requests

  @Test
  void aHandlerAnswersItsPath() throws IOException {
    HttpListener http = open("/ok", HttpListenerTest::ok);
    Answer answer = Wire.get(http, "/ok");

    assertAll(
        () -> assertEquals(200, answer.status()),
        () -> assertEquals("ok", answer.body()),
        () -> assertEquals(TEXT, answer.header("Content-Type")),
        () -> assertEquals("2", answer.header("Content-Length")),
        () -> assertEquals("", answer.header("Connection")));
  }

  @Test
  void thePathIsTheOneBeforeTheQueryDecoded() throws IOException {
    HttpListener http = open("/a b", HttpListenerTest::ok);

    assertEquals(200, Wire.get(http, "/a%20b?x=/other").status());
    assertEquals(404, Wire.get(http, "/other?x=/a%20b").status());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/okay", "/ok/", "/", "/OK"})
  void whatNoHandlerMatchesIsNotFound(String path) throws IOException {
    HttpListener http = open("/ok", exchange -> ok(exchange));

    assertEquals(404, Wire.get(http, path).status());
    assertEquals(List.of(), web.errors());
  }

  @Test
  void anotherMethodIsNotAllowedAndToldWhichAre() throws IOException {
    HttpListener http = open("POST /transfers", HttpListenerTest::ok);
    http.handle("DELETE /transfers", HttpListenerTest::ok);
    Answer answer = Wire.get(http, "/transfers");

    assertEquals(405, answer.status());
    assertEquals("DELETE, POST", answer.header("Allow"));
    assertEquals(200, Wire.ask(http, "DELETE", "/transfers").status());
  }

  @Test
  void headGetsTheHeadersOfGetAndNoBody() throws IOException {
    HttpListener http = open("GET /ok", HttpListenerTest::ok);
    try (Wire wire = new Wire(http.address())) {
      Answer head = wire.request("HEAD", "/ok").answer("HEAD");
      Answer get = wire.request("GET", "/ok").answer(); // were there a body, this would read it
      Answer missing = wire.request("HEAD", "/none").answer("HEAD");
      Answer after = wire.request("GET", "/ok").answer();

      assertAll(
          () -> assertEquals(200, head.status()),
          () -> assertEquals(TEXT, head.header("Content-Type")),
          () -> assertEquals("ok", get.body()),
          () -> assertEquals(404, missing.status()),
          () -> assertEquals("ok", after.body()));
    }
  }

  @Test
  void aHandlerReadsTheBodyAndAnswersInUtf8() throws IOException {
    HttpListener http =
        open(
            "POST /echo",
            exchange -> {
              try (InputStream in = exchange.getRequestBody()) {
                String said = new String(in.readAllBytes(), StandardCharsets.UTF_8);
                HttpListener.respond(exchange, 201, TEXT, said);
              }
            });
    try (Wire wire = new Wire(http.address())) {
      Answer answer = wire.post("/echo", "grüß Gott").answer();

      assertEquals(201, answer.status());
      assertEquals("grüß Gott", answer.body());
    }
  }

  @Test
  void anAnswerMayBeEmpty() throws IOException {
    HttpListener http = open("/empty", exchange -> HttpListener.respond(exchange, 200, TEXT, ""));
    try (Wire wire = new Wire(http.address())) {
      for (int i = 0; i < 2; i++) {
        Answer answer = wire.request("GET", "/empty").answer();

        assertEquals(200, answer.status());
        assertEquals("", answer.body());
      }
    }
  }

  @Test
  void aBodyThatNobodyReadDoesNotSpoilTheNextRequestOfItsConnection() throws IOException {
    HttpListener http = open("/ok", HttpListenerTest::ok);
    try (Wire wire = new Wire(http.address())) {
      assertEquals(404, wire.post("/none", "GET /none HTTP/1.1\r\n\r\n").answer().status());
      assertEquals(200, wire.post("/ok", "x".repeat(1_000)).answer().status());
      assertEquals(200, wire.request("GET", "/ok").answer().status());
    }
  }

  @Test
  void aHandlerMayBeAddedToAnOpenListener() throws IOException {
    HttpListener http = open("/ok", HttpListenerTest::ok);
    assertEquals(404, Wire.get(http, "/later").status());
    http.handle("/later", HttpListenerTest::ok);

    assertEquals(200, Wire.get(http, "/later").status());
  }

  @Test
  void aBadPatternIsRefused() throws IOException {
    HttpListener http = open("/ok", HttpListenerTest::ok);

    assertThrows(IllegalArgumentException.class, () -> http.handle("ok", HttpListenerTest::ok));
    assertThrows(IllegalArgumentException.class, () -> http.handle("/ok", HttpListenerTest::ok));
  }

  // Failures

  @ParameterizedTest
  @ValueSource(
      classes = {
        IllegalStateException.class,
        IOException.class,
        InterruptedException.class,
        AssertionError.class,
        StackOverflowError.class
      })
  void aThrowBecomesA500WhoseIdStandsInTheLog(Class<? extends Throwable> type) throws Exception {
    Throwable thrown = type.getDeclaredConstructor().newInstance();
    HttpListener http = open("/broken", exchange -> sneak(thrown));
    http.handle("/ok", HttpListenerTest::ok);
    Answer answer = Wire.get(http, "/broken?q=1");
    LogRecord logged = web.errors().getFirst();
    String id = answer.body().replaceFirst("(?s).*id ([0-9a-f]+).*", "$1");

    assertAll(
        () -> assertEquals(500, answer.status()),
        () -> assertTrue(id.matches("[0-9a-f]+"), answer.body()),
        () -> assertTrue(logged.getMessage().contains(id), logged.getMessage()),
        () -> assertTrue(logged.getMessage().contains("GET /broken"), logged.getMessage()),
        () -> assertEquals(thrown, logged.getThrown()),
        () -> assertEquals("t.web", logged.getLoggerName()),
        () -> assertFalse(answer.body().contains("Exception"), answer.body()),
        () -> assertEquals(200, Wire.get(http, "/ok").status()));
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <T extends Throwable> void sneak(Throwable thrown) throws T {
    throw (T) thrown;
  }

  @Test
  void eachFailureHasAnIdOfItsOwn() throws IOException {
    HttpListener http =
        open(
            "/broken",
            exchange -> {
              throw new IllegalStateException();
            });

    assertNotEquals(Wire.get(http, "/broken").body(), Wire.get(http, "/broken").body());
    assertEquals(2, web.errors().size());
  }

  @Test
  void aHandlerThatAnswersNothingIsAFailure() throws IOException {
    HttpListener http = open("/silent", exchange -> exchange.getResponseHeaders().set("A", "b"));
    Answer answer = Wire.get(http, "/silent");

    assertEquals(500, answer.status());
    assertTrue(
        String.valueOf(web.errors().getFirst().getThrown()).contains("without an answer"),
        () -> String.valueOf(web.errors().getFirst().getThrown()));
  }

  @Test
  void aFailureIsAnsweredToHeadToo() throws IOException {
    HttpListener http = open("/silent", exchange -> {});
    try (Wire wire = new Wire(http.address())) {
      assertEquals(500, wire.request("HEAD", "/silent").answer("HEAD").status());
      assertEquals(404, wire.request("GET", "/none").answer().status());
    }
  }

  @Test
  void anAnswerThatBreaksOffIsSeenAsBrokenByTheClient() throws IOException {
    HttpListener http = open("/broken", exchange -> breakOff(exchange, 1_000));

    assertThrows(IOException.class, () -> Wire.get(http, "/broken"));
    assertEquals(1, web.errors().size(), web.errors()::toString);
    assertTrue(web.errors().getFirst().getMessage().contains("GET /broken"));
    await().until(() -> http.inFlight() == 0);
  }

  @Test
  void anAnswerInChunksThatBreaksOffIsSeenAsBrokenByTheClient() throws IOException {
    HttpListener http = open("/broken", exchange -> breakOff(exchange, 0));

    assertThrows(IOException.class, () -> Wire.get(http, "/broken"));
  }

  /** Sends the status and a part of the body, then throws. */
  private static void breakOff(HttpExchange exchange, int length) throws IOException {
    exchange.sendResponseHeaders(200, length);
    OutputStream out = exchange.getResponseBody();
    out.write("the first half".getBytes(StandardCharsets.UTF_8));
    out.flush();
    throw new IllegalStateException("no second half");
  }

  @Test
  void aClientThatIsGoneIsNoError() throws IOException {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch gone = new CountDownLatch(1);
    AtomicBoolean failed = new AtomicBoolean();
    HttpListener http =
        open(
            "/big",
            exchange -> {
              entered.countDown();
              gone.await();
              exchange.sendResponseHeaders(200, 0);
              try {
                writeForEver(exchange.getResponseBody());
              } finally {
                failed.set(true);
              }
            });
    try (Wire wire = new Wire(http.address())) {
      wire.request("GET", "/big");
      await().until(() -> entered.getCount() == 0);
    }
    gone.countDown();
    await().untilTrue(failed);
    await().until(() -> http.inFlight() == 0);

    assertEquals(List.of(), web.errors());
  }

  private static void writeForEver(OutputStream out) throws IOException {
    byte[] block = new byte[64 * 1024];
    while (true) {
      out.write(block);
    }
  }

  // What is in flight

  @Test
  void requestsInFlightAreCounted() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    HttpListener http =
        open(
            "/slow",
            exchange -> {
              release.await();
              ok(exchange);
            });
    assertEquals(0, http.inFlight());
    try (Wire one = new Wire(http.address());
        Wire two = new Wire(http.address())) {
      one.request("GET", "/slow");
      await().until(() -> http.inFlight() == 1);
      two.request("GET", "/slow");
      await().until(() -> http.inFlight() == 2);
      release.countDown();

      assertEquals(200, one.answer().status());
      assertEquals(200, two.answer().status());
    }
    await().until(() -> http.inFlight() == 0);
  }

  @Test
  void whatFailsIsNotInFlightAnyMore() throws IOException {
    HttpListener http =
        open(
            "/broken",
            exchange -> {
              throw new IllegalStateException();
            });
    Wire.get(http, "/broken");
    Wire.get(http, "/none");

    await().until(() -> http.inFlight() == 0);
  }

  // Open and close

  @Test
  void whatConnectsBeforeItIsOpenedIsAnsweredThen() throws IOException {
    AtomicInteger answered = new AtomicInteger();
    HttpListener http =
        web.http()
            .handle(
                "/ok",
                exchange -> {
                  answered.incrementAndGet();
                  ok(exchange);
                });
    try (Wire early = new Wire(http.address())) {
      early.request("GET", "/ok");
      assertEquals(0, answered.get());
      http.open();
      http.open(); // twice has no effect

      assertEquals(200, early.answer().status());
    }
  }

  @Test
  void closeLetsGoOfThePortAndOfItsConnections() throws IOException {
    HttpListener http = open("/ok", HttpListenerTest::ok);
    try (Wire idle = new Wire(http.address())) {
      assertEquals(200, idle.request("GET", "/ok").answer().status());
      http.close();
      http.close(); // twice has no effect

      assertTrue(idle.isClosedByServer());
    }
    assertFree(http.address());
  }

  @Test
  void closeWithoutOpenLetsGoOfThePort() throws IOException {
    HttpListener http = web.http();
    http.close();

    assertFree(http.address());
    assertNotEquals(0, http.address().getPort());
  }

  @Test
  void aListenerThatWasNeverOpenedCallsNoHandler() throws IOException {
    AtomicInteger called = new AtomicInteger();
    for (int round = 0; round < 100; round++) {
      HttpListener http =
          web.http()
              .handle(
                  "/ok",
                  exchange -> {
                    called.incrementAndGet();
                    ok(exchange);
                  });
      try (Wire early = new Wire(http.address())) {
        early.request("GET", "/ok");
        http.close();
        assertFree(http.address());
      }
    }
    web.close(); // waits for the threads of its handlers

    assertEquals(0, called.get());
  }

  @Test
  void openAfterCloseHasNoEffect() throws IOException {
    HttpListener http = web.http();
    http.close();
    http.open();

    assertFree(http.address());
  }

  @Test
  void closeInterruptsTheHandlersAndCutsOffTheirClients() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    AtomicBoolean interrupted = new AtomicBoolean();
    HttpListener http =
        open(
            "/slow",
            exchange -> {
              entered.countDown();
              try {
                new CountDownLatch(1).await();
              } catch (InterruptedException e) {
                interrupted.set(true);
                throw e;
              }
            });
    try (Wire wire = new Wire(http.address())) {
      wire.request("GET", "/slow");
      entered.await();
      http.close();

      assertTrue(wire.isClosedByServer());
    }
    await().untilTrue(interrupted);
    await().until(() -> http.inFlight() == 0);
  }

  // Addresses

  @Test
  void aPortThatIsTakenIsNamedWithTheListener() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      InetSocketAddress address = (InetSocketAddress) taken.getLocalSocketAddress();
      IOException refused =
          assertThrows(IOException.class, () -> web.context().http("front", address));
      String message = String.valueOf(refused.getMessage());

      assertTrue(message.contains("'front'"), message);
      assertTrue(message.contains("127.0.0.1:" + address.getPort()), message);
      assertFalse(message.contains("null"), message);
      assertNotNull(refused.getCause());
    }
  }

  @Test
  void aHostThatIsNotResolvedIsNamedWithTheListener() {
    InetSocketAddress nowhere = InetSocketAddress.createUnresolved("nowhere.invalid", 80);
    IOException refused =
        assertThrows(IOException.class, () -> web.context().http("front", nowhere));
    String message = String.valueOf(refused.getMessage());

    assertTrue(message.contains("'front'") && message.contains("nowhere.invalid"), message);
    assertFalse(message.contains("null"), message);
  }

  @Test
  void portZeroIsAnyFreeOneAndToldByAddressAndFact() throws IOException {
    HttpListener http = web.http();
    int port = http.address().getPort();

    assertNotEquals(0, port);
    assertEquals("http://127.0.0.1:" + port, web.fact("api"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "::", "::1", "127.0.0.1"})
  void theFactIsAnAddressThatABrowserTakes(String host) throws IOException {
    InetAddress any = InetAddress.getByName(host);
    org.junit.jupiter.api.Assumptions.assumeTrue(canBind(any), () -> "no " + host + " here");
    HttpListener http = web.context().http("front", new InetSocketAddress(any, 0));
    URI fact = URI.create(web.fact("front"));

    assertEquals(http.address().getPort(), fact.getPort(), fact::toString);
    assertNotNull(fact.getHost());
  }

  private static boolean canBind(InetAddress address) {
    try (ServerSocket probe = new ServerSocket(0, 1, address)) {
      return probe.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void aServiceMayHaveSeveralListeners() throws IOException {
    HttpListener one = open("/ok", HttpListenerTest::ok);
    HttpListener two = web.context().http("other", OneService.anyPort());
    two.open();

    assertEquals(200, Wire.get(one, "/ok").status());
    assertEquals(404, Wire.get(two, "/ok").status());
    assertEquals("http://127.0.0.1:" + two.address().getPort(), web.fact("other"));
  }

  // Owned by the service

  @Test
  void aListenerIsClosedWithItsService() throws IOException {
    HttpListener opened = open("/ok", HttpListenerTest::ok);
    HttpListener notOpened = web.http();
    web.close();

    assertFree(opened.address());
    assertFree(notOpened.address());
    assertThrows(
        IOException.class,
        () -> new Socket(InetAddress.getLoopbackAddress(), opened.address().getPort()).close());
  }

  @Test
  void aListenerIsClosedWhenItsServiceFailsToStart() throws IOException {
    AtomicReference<HttpListener> http = new AtomicReference<>();
    StartFailedException failed =
        assertThrows(
            StartFailedException.class,
            () ->
                Srun.start(
                    OneService.CONFIG,
                    app ->
                        app.init(
                            "half",
                            ctx -> {
                              http.set(ctx.http("api", OneService.anyPort()));
                              http.get().open();
                              throw new IllegalStateException("no database");
                            })));

    assertEquals(1, failed.exit().code());
    assertFree(http.get().address());
  }

  @Test
  void aListenerThatComesAfterItsServiceWasClosedIsClosedAtOnce() throws IOException {
    InetSocketAddress address;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      address = (InetSocketAddress) free.getLocalSocketAddress();
    }
    web.close();

    assertThrows(IllegalStateException.class, () -> web.context().http("late", address));
    assertFree(address);
  }

  @Test
  void aPortThatIsTakenFailsTheStartWithItsName() throws IOException {
    HttpListener taken = web.http();
    Exit exit =
        Srun.run(
            OneService.CONFIG, app -> app.init("second", ctx -> ctx.http("api", taken.address())));

    assertEquals(1, exit.code());
    assertTrue(exit.toString().contains("listener 'api' cannot listen on"), exit::toString);
  }
}
