package dev.srun.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.Srun;
import dev.srun.telemetry.Collector;
import dev.srun.telemetry.Collector.Behaviour;
import dev.srun.telemetry.Received;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatterBuilder;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The telemetry of a program in a process of its own, by the standard variables. */
class TelemetryExportTest {

  /** Makes a span and logs within it, and waits. */
  static final class Traced {
    public static void main(String[] args) {
      Srun.runOrExit(
          "traced",
          app ->
              app.service(
                  "api",
                  ctx -> {
                    Span span = ctx.tracer().spanBuilder("work").startSpan();
                    Context.current()
                        .with(span)
                        .wrap(() -> ctx.logger().log(Level.INFO, "within"))
                        .run();
                    span.end();
                    ctx.logger().log(Level.INFO, "outside");
                    ctx.ready();
                    new CountDownLatch(1).await();
                  }));
    }
  }

  /** Asks for nothing. */
  static final class Plain {
    public static void main(String[] args) {
      Srun.runOrExit(
          "plain",
          app ->
              app.service(
                  "api",
                  ctx -> {
                    ctx.ready();
                    new CountDownLatch(1).await();
                  }));
    }
  }

  private static List<String> lines(ProgramUnderTest program, String text) {
    return program.stderr().stream().filter(line -> line.contains(text)).toList();
  }

  @ParameterizedTest
  @EnumSource(Behaviour.class)
  void aProcessEndsInTimeWhateverItsCollectorDoes(Behaviour behaviour) throws Exception {
    try (Collector collector = new Collector(behaviour);
        var program =
            ProgramUnderTest.of(Traced.class)
                .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint())
                .start()) {
      program.awaitUp();
      program.signal("TERM");
      program.assertExit(0, Duration.ofSeconds(6));

      boolean delivers = behaviour == Behaviour.WORKS || behaviour == Behaviour.IS_SLOW;
      assertEquals(
          delivers ? 0 : 1,
          lines(program, "(telemetry) telemetry not exported: ").size(),
          program.stderr()::toString);
      program.assertNotLogged("\tat ");
      program.assertNotLogged("straggler");
      program.assertNotLogged("logger_scope=io.opentelemetry");
    }
  }

  @Test
  void everythingArrivesUnderTheNameOfTheProgramAndZippedWithHeadersWhereThatIsAskedFor()
      throws Exception {
    try (Collector collector = new Collector(Behaviour.WORKS);
        var program =
            ProgramUnderTest.of(Traced.class)
                .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint())
                .env("OTEL_EXPORTER_OTLP_HEADERS", "api-key=secret")
                .env("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
                .env("OTEL_METRIC_EXPORT_INTERVAL", "100")
                .env("OTEL_BSP_SCHEDULE_DELAY", "100")
                .start()) {
      Received received = new Received(collector);
      program.awaitUp();
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() -> {
            assertTrue(received.metrics().contains("srun.service.state"));
            assertFalse(received.tree("start").isEmpty());
          });
      program.signal("TERM");
      program.assertExit(0);

      assertFalse(received.tree("work").isEmpty());
      assertFalse(received.tree("stop").isEmpty());
      assertTrue(received.metrics().contains("srun.stop.duration"));
      assertTrue(
          received.logs().stream()
              .anyMatch(it -> it.record().getBody().getStringValue().equals("within")));
      Map<String, String> resource = received.resource();
      assertEquals("traced", resource.get("service.name"));
      assertFalse(resource.get("service.instance.id").isEmpty());
      collector
          .requests()
          .forEach(request -> {
            assertEquals(List.of("secret"), request.headers().get("Api-key"));
            assertEquals(List.of("gzip"), request.headers().get("Content-encoding"));
          });
    }
  }

  @ParameterizedTest
  @CsvSource({
    "OTEL_SERVICE_NAME, chosen",
    "OTEL_RESOURCE_ATTRIBUTES, 'service.name=chosen,service.instance.id=one'"
  })
  void theEnvironmentNamesTheProgram(String variable, String value) throws Exception {
    try (Collector collector = new Collector(Behaviour.WORKS);
        var program =
            ProgramUnderTest.of(Plain.class)
                .env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", collector.endpoint() + "/v1/traces")
                .env("OTEL_BSP_SCHEDULE_DELAY", "100")
                .env(variable, value)
                .start()) {
      Received received = new Received(collector);
      program.awaitUp();
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> !received.tree("start").isEmpty());
      program.signal("TERM");
      program.assertExit(0);

      Map<String, String> resource = received.resource();
      assertEquals("chosen", resource.get("service.name"));
      assertEquals(value.contains("=one"), "one".equals(resource.get("service.instance.id")));
      assertEquals(List.of(), collector.requests("metrics"));
    }
  }

  /** A jar of that version, with the program in it. */
  private static Path jar(Path directory, String version) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.IMPLEMENTATION_VERSION, version);
    Path jar = directory.resolve("plain.jar");
    String program = Plain.class.getName().replace('.', '/') + ".class";
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest);
        InputStream code = Plain.class.getResourceAsStream("/" + program)) {
      out.putNextEntry(new ZipEntry(program));
      code.transferTo(out);
    }
    return jar;
  }

  @ParameterizedTest
  @CsvSource({"OTEL_SERVICE_NAME=any, 2.1", "OTEL_RESOURCE_ATTRIBUTES=service.version=3, 3"})
  void theVersionIsThatOfTheJarUnlessTheEnvironmentSaysAnother(
      String variable, String version, @TempDir Path directory) throws Exception {
    String[] set = variable.split("=", 2);
    try (Collector collector = new Collector(Behaviour.WORKS);
        var program =
            ProgramUnderTest.of(Plain.class)
                .jar(jar(directory, "2.1"))
                .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint())
                .env("OTEL_BSP_SCHEDULE_DELAY", "100")
                .env(set[0], set[1])
                .start()) {
      Received received = new Received(collector);
      program.awaitUp();
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> !received.tree("start").isEmpty());
      program.signal("TERM");
      program.assertExit(0);

      assertEquals(version, received.resource().get("service.version"));
    }
  }

  @ParameterizedTest
  @CsvSource({"OTEL_SDK_DISABLED, true", "OTEL_TRACES_SAMPLER, always_off"})
  void noSpanIsExportedThatIsNotWanted(String variable, String value) throws Exception {
    try (Collector collector = new Collector(Behaviour.WORKS);
        var program =
            ProgramUnderTest.of(Traced.class)
                .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint())
                .env(variable, value)
                .start()) {
      program.awaitUp();
      program.signal("TERM");
      program.assertExit(0);

      assertEquals(List.of(), collector.requests("traces"));
      program.assertNotLogged("not exported");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "OTEL_TRACES_SAMPLER, nonsense",
    "OTEL_EXPORTER_OTLP_PROTOCOL, grpc",
    "OTEL_METRIC_EXPORT_INTERVAL, often"
  })
  void whatCannotBeDoneIsToldInOneLineAndTheProgramRuns(String variable, String value)
      throws Exception {
    try (Collector collector = new Collector(Behaviour.WORKS);
        var program =
            ProgramUnderTest.of(Traced.class)
                .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint())
                .env(variable, value)
                .start()) {
      program.awaitUp();
      program.signal("TERM");
      program.assertExit(0);

      assertEquals(1, lines(program, " without telemetry: ").size(), program.stderr()::toString);
      assertEquals(
          List.of(),
          program.stderr().stream()
              .filter(line -> line.contains("logger_scope=io.opentelemetry"))
              .toList());
      String line = lines(program, " without telemetry: ").getFirst();
      assertTrue(line.contains(value), line);
      program.assertNotLogged("\tat ");
    }
  }

  /** Those of the start from before there was an SDK, too, and each of them once. */
  @Test
  void theRunnersOwnLinesAreExportedAsTheyAreLogged(@TempDir Path state) throws Exception {
    try (Collector collector = new Collector(Behaviour.WORKS);
        var program =
            ProgramUnderTest.of(Traced.class)
                .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint())
                .env("SRUN_LOG_FORMAT", "json")
                .env("SRUN_STATE_DIR", state.toString())
                .start()) {
      program.awaitUp();
      program.signal("TERM");
      program.assertExit(0);

      List<String> logged =
          program.stderr().stream()
              .map(JsonLine::parse)
              .map(
                  it -> "%s %s %s".formatted(it.get("time"), it.get("logger_scope"), it.get("msg")))
              .toList();
      List<String> exported =
          new Received(collector).logs().stream().map(TelemetryExportTest::line).sorted().toList();
      assertTrue(exported.stream().anyMatch(it -> it.contains(" srun ")), exported::toString);
      assertTrue(exported.stream().anyMatch(it -> it.contains(" is up: ")), exported::toString);
      assertTrue(exported.stream().anyMatch(it -> it.endsWith("within")), exported::toString);
      assertEquals(logged.stream().filter(it -> !isAfterTheFlush(it)).sorted().toList(), exported);
    }
  }

  private static boolean isAfterTheFlush(String line) {
    return line.endsWith("(telemetry) STOPPED") || line.contains(" exit 0 ");
  }

  private static String line(Received.Logged logged) {
    Instant at = Instant.EPOCH.plusNanos(logged.record().getTimeUnixNano());
    return "%s %s %s"
        .formatted(
            new DateTimeFormatterBuilder().appendInstant(3).toFormatter().format(at),
            logged.logger(),
            logged.record().getBody().getStringValue());
  }

  @Test
  void aLineOfTheJsonLogTellsTheSpanInWhichItWasLogged() throws Exception {
    try (Collector collector = new Collector(Behaviour.WORKS);
        var program =
            ProgramUnderTest.of(Traced.class)
                .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint())
                .env("SRUN_LOG_FORMAT", "json")
                .start()) {
      program.awaitUp();
      program.signal("TERM");
      program.assertExit(0);

      Map<String, String> within = JsonLine.parse(lines(program, "\"within\"").getFirst());
      Map<String, String> outside = JsonLine.parse(lines(program, "\"outside\"").getFirst());
      assertEquals(32, within.getOrDefault("trace_id", "").length(), within::toString);
      assertEquals(16, within.getOrDefault("span_id", "").length(), within::toString);
      assertFalse(outside.containsKey("trace_id"), outside::toString);
    }
  }

  @Test
  void withoutAnExportNothingOfOpenTelemetryIsLoadedButTheTypeThatIsHandedOut() throws Exception {
    try (var program = ProgramUnderTest.of(Plain.class).jvm("-Xlog:class+load:stdout").start()) {
      program.awaitUp();
      program.signal("TERM");
      program.assertExit(0);

      List<String> loaded =
          program.stdout().stream()
              .filter(line -> line.contains("] io.opentelemetry."))
              .map(line -> line.replaceFirst(".*] (io\\.opentelemetry\\S+) .*", "$1"))
              .toList();
      assertEquals(List.of("io.opentelemetry.api.OpenTelemetry"), loaded);
    }
  }
}
