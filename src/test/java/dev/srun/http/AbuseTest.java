package dev.srun.http;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A listener as an admin server has it answers probes whatever else is sent to it. */
@Timeout(120)
final class AbuseTest {
  private static final int THREADS = 8;
  private static final Duration SHORT = Duration.ofMillis(250);
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final int CLOSED = 0;

  private final OneService web = new OneService();
  private final List<Wire> wires = new ArrayList<>();

  @AfterEach
  void stop() throws IOException {
    for (Wire wire : wires) {
      wire.close();
    }
    web.close();
  }

  private HttpListener open(Duration readWithin) throws IOException {
    HttpListener http =
        web.http()
            .onPlatformThreads(THREADS)
            .uncounted()
            .readWithin(readWithin)
            .handle("GET /ok", LONG, AbuseTest::ok)
            .handle("POST /echo", SHORT, AbuseTest::echo);
    http.open();
    return http;
  }

  private static void ok(HttpExchange exchange) throws IOException {
    HttpListener.respond(exchange, 200, "text/plain", "ok");
  }

  private static void echo(HttpExchange exchange) throws IOException {
    exchange.getRequestBody().readAllBytes();
    ok(exchange);
  }

  private Wire send(HttpListener http, String text) throws IOException {
    Wire wire = new Wire(http.address());
    wires.add(wire);
    return wire.send(text);
  }

  private void assertUnimpressed(HttpListener http) {
    await().until(() -> http.inFlight() == 0);
    assertLogIsQuiet();
  }

  private void assertLogIsQuiet() {
    List<String> loud =
        web.log().stream()
            .filter(record -> record.getLevel().intValue() >= Level.WARNING.intValue())
            .map(LogRecord::getMessage)
            .filter(message -> !message.startsWith("{0} has passed its limit"))
            .toList();
    assertEquals(List.of(), loud);
  }

  private static void probe(HttpListener http) throws IOException {
    assertEquals(200, Wire.get(http, "/ok").status());
  }

  // Many

  static Stream<Integer> fewerThanThreads() {
    return Stream.of(
        Math.min(Runtime.getRuntime().availableProcessors() + 1, THREADS - 1), THREADS - 1);
  }

  @ParameterizedTest
  @MethodSource("fewerThanThreads")
  void halfHeadsOnAllButOneThreadHoldNoProbeUp(int halves) throws Exception {
    HttpListener http = open(LONG);
    for (int i = 0; i < halves; i++) {
      send(http, "GET /ok HTTP/1.1\r\nHost:");
    }
    await().until(() -> http.inFlight() == halves);
    for (int i = 0; i < 50; i++) {
      probe(http);
    }
  }

  @Test
  void halfHeadsOnEveryThreadHoldAProbeUpForAMomentOnly() throws Exception {
    HttpListener http = open(LONG);
    for (int i = 0; i < 100; i++) {
      send(http, "GET /ok HTTP/1.1\r\nHost:");
    }
    assertTimeout(Duration.ofSeconds(10), () -> probe(http));
    for (Wire wire : wires) {
      wire.close();
    }
    assertUnimpressed(http);
  }

  @Test
  void connectionsThatSayNothingHoldNoProbeUp() throws Exception {
    HttpListener http = open(SHORT);
    for (int i = 0; i < 2_000; i++) {
      send(http, "");
      if (i % 100 == 0) {
        probe(http);
      }
    }
    for (int i = 0; i < 50; i++) {
      probe(http);
    }
    assertUnimpressed(http);
  }

  @Test
  void answersThatNobodyReadsEndWithTheLimit() throws Exception {
    HttpListener http = open(SHORT);
    String many = "GET /none HTTP/1.1\r\nHost: t\r\n\r\n".repeat(1_000);
    for (int i = 0; i < THREADS; i++) {
      send(http, many);
    }
    for (int i = 0; i < 50; i++) {
      probe(http);
    }
    assertUnimpressed(http);
  }

  // Odd

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/../../etc/passwd",
        "/ok/../../etc/passwd",
        "//",
        "//ok",
        "/%2e%2e/",
        "/%2e%2e/ok",
        "/%00",
        "/ok%00",
        "/ok;x",
        "/%zz",
        "/\u00e9",
        "*",
        "ok",
        "mailto:ok",
        "http://t:1/none",
        "http:///none",
        "/\\..\\..\\ok",
      })
  void anOddPathIsNotFoundOrRefused(String path) throws Exception {
    HttpListener http = open(SHORT);

    assertTrue(
        Set.of(400, 404, CLOSED)
            .contains(status(http, "GET " + path + " HTTP/1.1\r\nHost: t\r\n\r\n")));
    probe(http);
    assertUnimpressed(http);
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://t:1/ok", "http://t/ok?x", "/ok?../../x", "/ok#x", "/%6fk"})
  void aPathIsWhatItSaysInEveryForm(String path) throws Exception {
    HttpListener http = open(SHORT);

    assertEquals(200, status(http, "GET " + path + " HTTP/1.1\r\nHost: t\r\n\r\n"));
    assertUnimpressed(http);
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET /ok HTTP/1.1\r\n\r\n", "GET /ok HTTP/1.1\r\nX: y\r\n\r\n"})
  void aRequestWithoutAHostIsAnsweredOrRefused(String request) throws Exception {
    HttpListener http = open(SHORT);

    assertTrue(Set.of(200, 400).contains(status(http, request)));
    assertUnimpressed(http);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "TRACE",
        "OPTIONS",
        "PROPFIND",
        "CONNECT",
        "get",
        "G\u00cbT",
        "GETGETGETGETGETGETGETGETGETGETGETGETGETGETGETGETGETGETGETGETGETGETGET",
        "G\tT"
      })
  void anOddMethodIsRefused(String method) throws Exception {
    HttpListener http = open(SHORT);

    assertTrue(
        Set.of(400, 405, CLOSED)
            .contains(status(http, method + " /ok HTTP/1.1\r\nHost: t\r\n\r\n")));
    probe(http);
    assertUnimpressed(http);
  }

  static Stream<String> nonsense() {
    String post = "POST /echo HTTP/1.1\r\nHost: t\r\n";
    String chunked = post + "Transfer-Encoding: chunked\r\n\r\n";
    return Stream.of(
        "GET /\r\n\r\n",
        "GET /ok\r\n",
        "\r\n\r\n\r\n",
        "\n\n\n\n",
        "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003",
        "x".repeat(400_000),
        "GET /ok HTTP/1.1\r\nHost: t\r\nX: " + "x".repeat(400_000) + "\r\n\r\n",
        "GET /ok HTTP/1.1\r\n" + headers(300) + "\r\n",
        "GET /ok HTTP/1.1\r\n: no name\r\n\r\n",
        "GET /ok HTTP/1.1\r\nno colon\r\n\r\n",
        "GET /ok HTTP/1.1\r\nb\u0000d: x\r\n\r\n",
        post + "Content-Length: x\r\n\r\n",
        post + "Content-Length: -1\r\n\r\n",
        post + "Content-Length: 99999999999999999999\r\n\r\n",
        post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        post + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        post + "Transfer-Encoding: gzip\r\n\r\n",
        chunked + "zz\r\n\r\n",
        chunked + "-5\r\nxxxxx\r\n0\r\n\r\n",
        chunked + "FFFFFFFFFFFFFFFF\r\nx\r\n0\r\n\r\n",
        chunked + "7FFFFFFF0\r\nx\r\n0\r\n\r\n",
        chunked + "1" + ";x".repeat(10_000) + "\r\nx\r\n0\r\n\r\n",
        chunked + "1".repeat(100) + "\r\nx\r\n0\r\n\r\n",
        chunked + "1\r\nxx\r\n0\r\n\r\n",
        chunked + "\r\n",
        "POST /ok HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n7FFFFFFF0\r\nx\r\n0\r\n\r\n",
        "POST /none HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
  }

  private static String headers(int count) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append("X-").append(i).append(": x\r\n");
    }
    return text.toString();
  }

  @ParameterizedTest
  @MethodSource("nonsense")
  void nonsenseIsRefused(String text) throws Exception {
    HttpListener http = open(SHORT);
    int status = status(http, text);

    assertTrue(
        status == CLOSED || (status >= 400 && status != 500) || text.contains(" /ok "),
        "" + status);
    for (int i = 0; i < THREADS; i++) {
      probe(http);
    }
    assertUnimpressed(http);
  }

  private int status(HttpListener http, String request) {
    try {
      return send(http, request).answer().status();
    } catch (IOException closed) {
      return CLOSED;
    }
  }
}
