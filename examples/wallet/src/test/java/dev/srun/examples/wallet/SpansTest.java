package dev.srun.examples.wallet;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status.StatusCode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a collector is told of the requests. */
final class SpansTest {
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String CALLER = "b7ad6b7169203331";

  @TempDir static Path directory;

  private static final List<byte[]> EXPORTS = new CopyOnWriteArrayList<>();
  private static HttpServer collector;
  private static WalletProcess wallet;
  private static Client client;

  @BeforeAll
  static void start() throws Exception {
    collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    collector.createContext("/", SpansTest::collect);
    collector.start();
    wallet =
        WalletProcess.start(
            Map.of(
                "WALLET_DATA", directory.resolve("wallet.db").toString(),
                "WALLET_ADDRESS", "127.0.0.1:0",
                "SRUN_LOG_FORMAT", "json",
                "OTEL_BSP_SCHEDULE_DELAY", "100",
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
                    "http://127.0.0.1:" + collector.getAddress().getPort() + "/v1/traces"));
    client = new Client(wallet.awaitApi());
    // Told of from when the tracer is there.
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> {
          client.get("/audit");
          return !spans("GET /audit").isEmpty();
        });
  }

  @AfterAll
  static void end() {
    wallet.close();
    client.close();
    collector.stop(0);
  }

  private static void collect(HttpExchange exchange) throws IOException {
    try (exchange) {
      EXPORTS.add(exchange.getRequestBody().readAllBytes());
      exchange.sendResponseHeaders(200, -1);
    }
  }

  private static List<Span> spans(String name) throws InvalidProtocolBufferException {
    List<Span> spans = new ArrayList<>();
    for (byte[] export : EXPORTS) {
      for (ResourceSpans of : ExportTraceServiceRequest.parseFrom(export).getResourceSpansList()) {
        of.getScopeSpansList().forEach(scope -> spans.addAll(scope.getSpansList()));
      }
    }
    return spans.stream().filter(span -> span.getName().equals(name)).toList();
  }

  /** The only one of that name, which comes soon. */
  private static Span span(String name) throws InvalidProtocolBufferException {
    await().until(() -> !spans(name).isEmpty());
    List<Span> found = spans(name);
    assertEquals(1, found.size(), found::toString);
    return found.getFirst();
  }

  private static Map<String, String> attributes(Span span) {
    Map<String, String> attributes = new TreeMap<>();
    for (KeyValue each : span.getAttributesList()) {
      AnyValue value = each.getValue();
      attributes.put(
          each.getKey(),
          value.hasIntValue() ? String.valueOf(value.getIntValue()) : value.getStringValue());
    }
    return attributes;
  }

  private static String hex(ByteString id) {
    return HexFormat.of().formatHex(id.toByteArray());
  }

  @Test
  void aRequestIsASpanOfTheCallersTrace() throws Exception {
    client.get("/accounts/nobody", "traceparent", "00-" + TRACE + "-" + CALLER + "-01");

    Span span = span("GET /accounts/*");
    assertEquals(TRACE, hex(span.getTraceId()));
    assertEquals(CALLER, hex(span.getParentSpanId()));
    assertEquals(Span.SpanKind.SPAN_KIND_SERVER, span.getKind());
    assertEquals(
        Map.of(
            "http.request.method", "GET",
            "http.route", "/accounts/*",
            "http.response.status_code", "404",
            "url.path", "/accounts/nobody",
            "url.scheme", "http"),
        attributes(span));
    assertEquals(StatusCode.STATUS_CODE_UNSET, span.getStatus().getCode());
  }

  @Test
  void whatCannotBeAnsweredNowIsAnErrorAndWhatIsLoggedOfItTellsItsSpan() throws Exception {
    String url = "jdbc:sqlite:" + directory.resolve("wallet.db");
    ApiContract.execute(DriverManager.getConnection(url), "DROP TABLE transfers").close();
    assertEquals(503, client.transfer("t1", "ann", "bob", 5).status());

    Span span = span("POST /transfers");
    assertEquals("", hex(span.getParentSpanId()));
    assertEquals(StatusCode.STATUS_CODE_ERROR, span.getStatus().getCode());
    assertEquals("503", attributes(span).get("http.response.status_code"));
    assertEquals("503", attributes(span).get("error.type"));
    wallet.awaitLine(
        "\"trace_id\":\"%s\",\"span_id\":\"%s\""
            .formatted(hex(span.getTraceId()), hex(span.getSpanId())),
        Duration.ofSeconds(5));
  }

  @Test
  void aRequestThatThrowsIsOverAndTellsWhy() throws Exception {
    URI api = wallet.awaitApi();
    try (Socket half = new Socket(api.getHost(), api.getPort())) {
      half.getOutputStream()
          .write(
              "POST /accounts HTTP/1.1\r\nHost: wallet\r\nContent-Length: 100\r\n\r\n{"
                  .getBytes(StandardCharsets.US_ASCII));
    }

    Span span = span("POST /accounts");
    assertEquals(StatusCode.STATUS_CODE_ERROR, span.getStatus().getCode());
    assertEquals("java.io.IOException", attributes(span).get("error.type"));
    assertEquals("exception", span.getEvents(0).getName());
  }
}
