package dev.srun.http;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A listener answers for practice, over a door of its own that nobody else finds open. */
@Timeout(60)
final class RehearsalTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final SampleRequest HELLO = SampleRequest.of("GET /hello");

  private final OneService app = new OneService();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final List<InetSocketAddress> clients = new CopyOnWriteArrayList<>();

  @AfterEach
  void stop() {
    app.close();
  }

  private HttpListener http() throws IOException {
    return app.http()
        .handle("GET /hello", this::hello)
        .handle("POST /echo", RehearsalTest::echo)
        .handle("/chunks", RehearsalTest::chunks)
        .handle("/last", RehearsalTest::last)
        .handle("/status/*", RehearsalTest::status);
  }

  private void hello(HttpExchange exchange) throws IOException {
    asked.add(exchange.getRequestURI().toString());
    clients.add(exchange.getRemoteAddress());
    HttpListener.respond(exchange, 200, "text/plain", "hello");
  }

  private static void echo(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    String text = new String(body, StandardCharsets.UTF_8);
    boolean isWhole = text.equals(exchange.getRequestHeaders().getFirst("X-Expected"));
    HttpListener.respond(exchange, isWhole ? 201 : 400, "text/plain", text);
  }

  private static void chunks(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(200, 0);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(new byte[100_000]);
    }
  }

  private static void last(HttpExchange exchange) throws IOException {
    exchange.getResponseHeaders().set("Connection", "close");
    HttpListener.respond(exchange, 200, "text/plain", "bye");
  }

  private static void status(HttpExchange exchange) throws IOException {
    int status = Integer.parseInt(exchange.getRequestURI().getPath().substring(8));
    exchange.sendResponseHeaders(status, -1);
  }

  // What is answered

  @Test
  void theListenersOwnHandlersAnswerEachRequestInTurnOnOneConnection() throws Exception {
    Rehearsal rehearsal = http().rehearse(3, LONG, HELLO, SampleRequest.of("GET /hello?b"));

    assertEquals(Map.of(200, 6), rehearsal.statuses());
    assertEquals(6, rehearsal.answered());
    assertEquals(List.of("/hello", "/hello?b", "/hello", "/hello?b", "/hello", "/hello?b"), asked);
    assertEquals(1, Set.copyOf(clients).size());
  }

  @Test
  void aRequestCarriesItsHeadersAndItsBody() throws Exception {
    SampleRequest post =
        SampleRequest.of("POST /echo").withHeader("X-Expected", "{}").withBody("{}");

    assertEquals(Map.of(201, 5), http().rehearse(5, LONG, post).statuses());
  }

  @Test
  void whateverTheShapeOfAnAnswerItIsReadToItsEnd() throws Exception {
    Rehearsal rehearsal =
        http()
            .rehearse(
                2,
                LONG,
                SampleRequest.of("GET /chunks"),
                SampleRequest.of("HEAD /hello"),
                SampleRequest.of("GET /last"),
                SampleRequest.of("GET /status/204"),
                SampleRequest.of("GET /status/304"),
                SampleRequest.of("PUT /hello"),
                SampleRequest.of("GET /nowhere"));

    assertEquals(Map.of(200, 6, 204, 2, 304, 2, 405, 2, 404, 2), rehearsal.statuses());
  }

  @Test
  void whatFailsEndsItAndIsNotLoggedForEachRound() throws Exception {
    HttpListener http =
        http()
            .handle(
                "/broken",
                exchange -> {
                  throw new IllegalStateException("no database");
                });
    Rehearsal rehearsal = http.rehearse(1_000, LONG, HELLO, SampleRequest.of("GET /broken"));

    assertEquals(Map.of(200, 1, 500, 1), rehearsal.statuses());
    assertEquals(List.of(), app.errors());
    assertEquals(1, warnings().size());
  }

  private List<LogRecord> warnings() {
    return app.log().stream().filter(record -> record.getLevel().equals(Level.WARNING)).toList();
  }

  @Test
  void aHandlerCanTellItFromAClient() throws Exception {
    List<Boolean> rehearsed = new CopyOnWriteArrayList<>();
    HttpListener http =
        app.http()
            .handle(
                "/",
                exchange -> {
                  rehearsed.add(HttpListener.isRehearsed(exchange));
                  HttpListener.respond(exchange, 200, "text/plain", "");
                });
    http.open();
    http.rehearse(1, LONG, SampleRequest.of("GET /"));
    Wire.get(http, "/");

    assertEquals(List.of(true, false), rehearsed);
  }

  @Test
  void itRunsBeforeTheListenerIsOpenAndAfter() throws Exception {
    HttpListener http = http();
    assertEquals(2, http.rehearse(2, LONG, HELLO).answered());
    http.open();
    assertEquals(2, http.rehearse(2, LONG, HELLO).answered());
    assertEquals("hello", Wire.get(http, "/hello").body());
  }

  @Test
  void whatBecameOfItIsLoggedInALine() throws Exception {
    http().rehearse(750, LONG, HELLO, SampleRequest.of("GET /status/404"));

    String line =
        app.log().stream()
            .map(record -> record.getMessage())
            .filter(message -> message.startsWith("warmed up"))
            .findFirst()
            .orElseThrow();
    assertTrue(
        line.matches(
            "warmed up 'api': 1,500 requests in [\\d,.]+ms, the first [\\d,.]+ms,"
                + " the last [\\d,.]+ms \\(200: 750, 404: 750\\)"),
        line);
  }

  // What it leaves alone

  @Test
  void itIsNotInFlight() throws Exception {
    AtomicInteger counted = new AtomicInteger(-1);
    AtomicReference<HttpListener> http = new AtomicReference<>();
    http.set(
        http()
            .handle(
                "/count",
                exchange -> {
                  counted.set(http.get().inFlight());
                  status(exchange, 200);
                }));
    http.get().rehearse(1, LONG, SampleRequest.of("GET /count"));

    assertEquals(0, counted.get());
  }

  private static void status(HttpExchange exchange, int status) throws IOException {
    exchange.sendResponseHeaders(status, -1);
  }

  @Test
  void nobodyElseIsAnswered() throws Exception {
    CompletableFuture<InetSocketAddress> where = new CompletableFuture<>();
    CountDownLatch go = new CountDownLatch(1);
    HttpListener http =
        http()
            .handle(
                "/where",
                exchange -> {
                  where.complete(exchange.getLocalAddress());
                  go.await();
                  status(exchange, 200);
                });
    CompletableFuture<Rehearsal> rehearsal = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> complete(rehearsal, http, SampleRequest.of("GET /where"), HELLO));
    InetSocketAddress port = where.get(10, TimeUnit.SECONDS);
    assertTrue(port.getAddress().isLoopbackAddress());
    try (Wire other = new Wire(port)) {
      assertTrue(other.request("GET", "/hello").isClosedByServer());
    }
    go.countDown();

    assertEquals(2, rehearsal.get(10, TimeUnit.SECONDS).answered());
    assertEquals(List.of("/hello"), asked);
  }

  private static void complete(
      CompletableFuture<Rehearsal> rehearsal, HttpListener http, SampleRequest... requests) {
    try {
      rehearsal.complete(http.rehearse(1, LONG, requests));
    } catch (Throwable e) {
      rehearsal.completeExceptionally(e);
    }
  }

  @Test
  void itLeavesNeitherThreadsNorPortsNorDescriptors() throws Exception {
    HttpListener http = http();
    Set<Thread> before = threads();
    http.rehearse(10, LONG, HELLO); // what is made once for all of a JVM
    await().untilAsserted(() -> assertEquals(Set.of(), others(before)));
    long descriptors = descriptors();
    for (int i = 0; i < 10; i++) {
      http.rehearse(10, LONG, HELLO, SampleRequest.of("GET /last"));
    }

    await().untilAsserted(() -> assertEquals(Set.of(), others(before)));
    await().untilAsserted(() -> assertEquals(descriptors, descriptors()));
  }

  /** The platform threads of a server. */
  private static Set<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().matches(".*(rehearsal|HTTP-Dispatcher|timer|timeout).*"))
        .collect(Collectors.toSet());
  }

  private static Set<Thread> others(Set<Thread> before) {
    Set<Thread> others = threads();
    others.removeAll(before);
    return others;
  }

  private static long descriptors() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    }
  }

  // How long it takes

  @Test
  void itEndsWhenItsTimeIsOver() throws Exception {
    Rehearsal rehearsal = http().rehearse(Integer.MAX_VALUE, Duration.ofMillis(200), HELLO);

    assertTrue(rehearsal.answered() > 0);
    assertTrue(rehearsal.took().toMillis() >= 190, rehearsal::toString);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/hangs", "/trickles"})
  void aHandlerThatDoesNotComeToAnEndIsInterruptedWhenTheTimeIsOver(String path) throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    HttpListener http =
        http().handle("/hangs", exchange -> hang(ended)).handle("/trickles", trickle(ended));
    Rehearsal rehearsal =
        http.rehearse(5, Duration.ofMillis(200), HELLO, SampleRequest.of("GET " + path));

    assertEquals(Map.of(200, 1), rehearsal.statuses());
    assertTrue(ended.await(10, TimeUnit.SECONDS));
  }

  private static void hang(CountDownLatch ended) throws InterruptedException {
    try {
      new CountDownLatch(1).await();
    } finally {
      ended.countDown();
    }
  }

  private static HttpListener.Handler trickle(CountDownLatch ended) {
    return exchange -> {
      try {
        exchange.sendResponseHeaders(200, 0);
        OutputStream out = exchange.getResponseBody();
        while (!Thread.currentThread().isInterrupted()) {
          out.write('.');
          out.flush();
        }
      } finally {
        ended.countDown();
      }
    };
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anInterruptEndsItAtOnce(boolean virtual) throws Exception {
    CountDownLatch handling = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    HttpListener http =
        http()
            .handle(
                "/hangs",
                exchange -> {
                  handling.countDown();
                  hang(ended);
                });
    CompletableFuture<Rehearsal> rehearsal = new CompletableFuture<>();
    Thread.Builder thread = virtual ? Thread.ofVirtual() : Thread.ofPlatform();
    Set<Thread> before = threads();
    Thread rehearsing =
        thread.start(() -> complete(rehearsal, http, SampleRequest.of("GET /hangs")));
    assertTrue(handling.await(10, TimeUnit.SECONDS));
    rehearsing.interrupt();

    assertTrue(rehearsing.join(Duration.ofSeconds(10)));
    assertEquals(InterruptedException.class, rehearsal.exceptionNow().getClass());
    assertTrue(ended.await(10, TimeUnit.SECONDS));
    await().untilAsserted(() -> assertEquals(Set.of(), others(before)));
  }

  @Test
  void anInterruptThatWasThereBeforeCountsToo() throws Exception {
    HttpListener http = http();
    Thread.currentThread().interrupt();

    assertThrows(InterruptedException.class, () -> http.rehearse(1_000, LONG, HELLO));
    assertFalse(Thread.interrupted());
  }

  @Test
  void anAnswerThatBreaksOffIsSaid() throws Exception {
    HttpListener http =
        http()
            .handle(
                "/half",
                exchange -> {
                  exchange.sendResponseHeaders(200, 100);
                  exchange.getResponseBody().write('.');
                  throw new IllegalStateException("broken");
                });

    assertThrows(IOException.class, () -> http.rehearse(5, LONG, SampleRequest.of("GET /half")));
    assertEquals(1, warnings().size());
  }

  // Requests

  @ParameterizedTest
  @ValueSource(
      strings = {"", "/hello", "GET hello", "GET", "get /hello", "GET /a b", "GET /\r\nX: y"})
  void aLineThatIsNoneIsRefused(String line) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> SampleRequest.of(line)).getMessage();
    assertTrue(message.contains("'" + line.replaceAll("\\p{Cntrl}", "?") + "'"), message);
  }

  @Test
  void whatWouldBecomeAnotherRequestIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> HELLO.withHeader("A: b\r\nC", "d"));
    assertThrows(IllegalArgumentException.class, () -> HELLO.withHeader("A", "b\r\nC: d"));
    assertThrows(IllegalArgumentException.class, () -> HELLO.withBody("x".repeat(16 * 1024 + 1)));
  }
}
