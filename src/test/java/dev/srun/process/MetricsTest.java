package dev.srun.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.http.Wire;
import dev.srun.http.Wire.Answer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What whoever scrapes a program gets, with the SDK and without it. */
final class MetricsTest {
  private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
  private static final String[] EVERYTHING_BUT_THE_API = {
    "opentelemetry-sdk",
    "opentelemetry-exporter",
    "opentelemetry-runtime",
    "opentelemetry-instrumentation",
    "prometheus-metrics"
  };

  private static ProgramUnderTest shop;
  private static InetSocketAddress address;

  @BeforeAll
  static void start() throws Exception {
    shop = ProgramUnderTest.of(Shop.class).withAdmin().start();
    address = address(shop);
    shop.awaitLine(Shop.COUNTED);
  }

  @AfterAll
  static void end() {
    shop.close();
  }

  private static InetSocketAddress address(ProgramUnderTest program) throws InterruptedException {
    int port = program.awaitListener("admin").port();
    program.awaitUp();
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  private static Answer ask(InetSocketAddress where, String method, String... headers)
      throws IOException {
    List<String> all = new ArrayList<>(List.of(headers));
    all.add("Host: localhost");
    all.add("Content-Length: 0");
    try (Wire wire = new Wire(where)) {
      return wire.request(method, "/metrics", all).answer(method);
    }
  }

  private static void assertHas(Answer answer, String line) {
    assertTrue(answer.body().lines().anyMatch(line::equals), () -> line + " is not in " + answer);
  }

  // What is told

  @Test
  void theRunnersSignalsAreThereWithHelpAndType() throws IOException {
    Answer answer = ask(address, "GET");

    assertEquals(200, answer.status());
    assertEquals(TEXT, answer.header("Content-Type"));
    assertHas(answer, "# TYPE srun_service_state gauge");
    assertHas(
        answer,
        "srun_service_state{otel_scope_name=\"dev.srun\",srun_service_name=\"orders\"} 4.0");
    assertHas(answer, "# TYPE srun_check_duration_seconds histogram");
    assertHas(answer, "srun_check_duration_seconds_count{otel_scope_name=\"dev.srun\"} 2");
    assertHas(answer, "# TYPE jvm_memory_used_bytes gauge");
    assertTrue(answer.body().contains("service_name=\"shop\""), answer::body);
    Set<String> helped = names(answer, "# HELP ");
    helped.add("target_info"); // the SDK's own
    assertEquals(names(answer, "# TYPE "), helped);
  }

  private static Set<String> names(Answer answer, String start) {
    return answer
        .body()
        .lines()
        .filter(line -> line.startsWith(start))
        .map(line -> line.substring(start.length()).replaceFirst(" .*", ""))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void whatAServiceCountsComesWithItsScope() throws IOException {
    Answer answer = ask(address, "GET");

    assertHas(answer, "# HELP shop_items_total Items handled.");
    for (String service : List.of("orders", "returns")) {
      String scope = "otel_scope_name=\"shop." + service + "\"";
      assertHas(answer, "shop_items_total{kind=\"a \\\"quoted\\\" one\"," + scope + "} 3.0");
      assertHas(answer, "shop_packing_duration_seconds_count{" + scope + "} 1");
      assertHas(answer, "shop_packing_duration_seconds_sum{" + scope + "} 0.2");
    }
  }

  @Test
  void whoPrefersOpenMetricsGetsIt() throws IOException {
    Answer answer = ask(address, "GET", "Accept: application/openmetrics-text; version=1.0.0");

    assertEquals(
        "application/openmetrics-text; version=1.0.0; charset=utf-8",
        answer.header("Content-Type"));
    assertTrue(answer.body().endsWith("\n# EOF\n"), answer::body);
  }

  // How it is told

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Accept: */*",
        "Accept: ",
        "Accept: ;;,q=,%",
        "Accept: image/png",
        "Accept: application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
            + "encoding=delimited;q=0.7,text/plain;version=0.0.4;q=0.3",
        "X-Prometheus-Scrape-Timeout-Seconds: 10",
      })
  void whateverIsAcceptedItIsAnswered(String header) throws IOException {
    Answer answer = ask(address, "GET", header);

    assertEquals(200, answer.status());
    assertEquals(TEXT, answer.header("Content-Type"));
    assertEquals("Accept, Accept-Encoding", answer.header("Vary"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "deflate, gzip;q=0.5", "gzip, deflate, br"})
  void itIsCompressedForWhoTakesThat(String encodings) throws Exception {
    HttpResponse<byte[]> answer;
    try (HttpClient client = HttpClient.newHttpClient()) {
      answer =
          client.send(
              HttpRequest.newBuilder(
                      URI.create("http://127.0.0.1:" + address.getPort() + "/metrics"))
                  .header("Accept-Encoding", encodings)
                  .build(),
              BodyHandlers.ofByteArray());
    }
    byte[] plain = new GZIPInputStream(new ByteArrayInputStream(answer.body())).readAllBytes();

    assertEquals("gzip", answer.headers().firstValue("Content-Encoding").orElse(""));
    assertEquals(TEXT, answer.headers().firstValue("Content-Type").orElse(""));
    assertTrue(answer.body().length < plain.length / 3);
    assertTrue(new String(plain, StandardCharsets.UTF_8).contains("\nsrun_ready{"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "identity", "gzip;q=0", "gzip; q=0.0, identity", "gzipped", "br"})
  void itIsNotCompressedForAnybodyElse(String encodings) throws IOException {
    Answer answer = ask(address, "GET", "Accept-Encoding: " + encodings);

    assertEquals("", answer.header("Content-Encoding"));
    assertHas(answer, "srun_ready{otel_scope_name=\"dev.srun\"} 1.0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "identity"})
  void headIsAnsweredWithoutABody(String encoding) throws IOException {
    Answer answer = ask(address, "HEAD", "Accept-Encoding: " + encoding);

    assertEquals(200, answer.status());
    assertEquals(TEXT, answer.header("Content-Type"));
    assertEquals("", answer.body());
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
  void anotherMethodIs405(String method) throws IOException {
    Answer answer = ask(address, method);

    assertEquals(405, answer.status());
    assertTrue(answer.header("Allow").startsWith("GET"), answer::toString);
  }

  // Without it

  @Test
  void withoutTheSdkTheRunnersOwnFiguresAreToldUnderTheSameNamesAndItSaysSoOnce() throws Exception {
    try (var program =
        ProgramUnderTest.of(Shop.class).withAdmin().without(EVERYTHING_BUT_THE_API).start()) {
      InetSocketAddress where = address(program);
      Answer own = ask(where, "GET");
      ask(where, "GET");
      Answer all = ask(address, "GET", "Accept: text/plain");

      assertEquals(200, own.status());
      assertEquals(TEXT, own.header("Content-Type"));
      assertEquals(samples(all), samples(own));
      assertEquals(heads(all), heads(own));
      program.signal("TERM");
      program.assertExit(0);
      assertEquals(
          1, program.stderr().stream().filter(line -> line.contains("OpenTelemetry SDK")).count());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "opentelemetry-sdk, io.opentelemetry.",
    "opentelemetry-sdk-extension, io.opentelemetry.sdk.autoconfigure.",
    "opentelemetry-exporter-prometheus, io.opentelemetry.exporter.prometheus.",
    "prometheus-metrics, io.prometheus.metrics.",
    "opentelemetry-runtime, io.opentelemetry.instrumentation.runtimetelemetry."
  })
  void whatOfTheSdkIsMissingIsNamed(String jar, String missing) throws Exception {
    try (var program = ProgramUnderTest.of(Shop.class).withAdmin().without(jar).start()) {
      Answer answer = ask(address(program), "GET");

      assertHas(answer, "srun_service_state{srun_service_name=\"orders\"} 4");
      program.awaitLog("on the class path: no " + missing);
      program.assertNotLogged("\tat ");
    }
  }

  /** Names with their labels, but for those of the scope, and without the telemetry's own. */
  private static Set<String> samples(Answer answer) {
    return answer
        .body()
        .lines()
        .filter(line -> line.startsWith("srun_"))
        .map(line -> line.replaceFirst(" [^ ]+$", "").replace("otel_scope_name=\"dev.srun\"", ""))
        .map(line -> line.replace("{,", "{").replace("{}", ""))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> heads(Answer answer) {
    return answer
        .body()
        .lines()
        .filter(line -> line.matches("# (HELP|TYPE) srun_.*"))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void telemetryThatIsDisabledLeavesTheRunnersOwnFigures() throws Exception {
    try (var program =
        ProgramUnderTest.of(Shop.class).withAdmin().env("OTEL_SDK_DISABLED", "true").start()) {
      Answer answer = ask(address(program), "GET");

      assertHas(answer, "srun_service_state{srun_service_name=\"orders\"} 4");
      assertTrue(answer.body().lines().noneMatch(line -> line.contains("shop_items")));
      program.assertNotLogged("OpenTelemetry");
    }
  }
}
