package dev.srun.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.Config;
import dev.srun.Srun;
import dev.srun.telemetry.Collector.Behaviour;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.opentelemetry.proto.logs.v1.SeverityNumber;
import java.lang.System.Logger.Level;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

/** What a program logs, as a collector gets it. */
class LogExportTest {

  private static List<Handler> handlers() {
    return List.of(Logger.getLogger("").getHandlers());
  }

  @Test
  void whatIsLoggedIsExportedWithItsErrorAndItsTraceUntilTheStop() throws Exception {
    List<Handler> before = handlers();
    AtomicReference<String> trace = new AtomicReference<>("");
    try (Collector collector = new Collector(Behaviour.WORKS)) {
      Telemetry telemetry =
          new Telemetry(
              true, () -> "", Map.of("otel.exporter.otlp.endpoint", collector.endpoint()));
      Srun.run(
          Config.named("t").withoutSignals(),
          app -> {
            app.service("telemetry", telemetry);
            app.main(
                "work",
                ctx -> {
                  Span span = telemetry.get().getTracer("t").spanBuilder("s").startSpan();
                  trace.set(span.getSpanContext().getTraceId());
                  Context.current()
                      .with(span)
                      .wrap(() -> ctx.logger().log(Level.INFO, "found {0}", "it"))
                      .run();
                  span.end();
                  ctx.logger().log(Level.ERROR, "broken", new IllegalStateException("no table"));
                  Logger.getLogger("io.opentelemetry.exporter.any").severe("not of the program");
                });
          });
      System.getLogger("t.work").log(Level.ERROR, "too late");

      List<Received.Logged> logs =
          new Received(collector)
              .logs().stream()
                  .filter(it -> it.logger().equals("t.work"))
                  .filter(it -> !it.record().getBody().getStringValue().startsWith("work: "))
                  .toList();
      List<String> lines =
          logs.stream()
              .map(it -> it.logger() + " " + it.record().getBody().getStringValue())
              .toList();
      assertEquals(List.of("t.work found it", "t.work broken"), lines);
      assertEquals(
          List.of(SeverityNumber.SEVERITY_NUMBER_INFO, SeverityNumber.SEVERITY_NUMBER_ERROR),
          logs.stream().map(it -> it.record().getSeverityNumber()).toList());
      assertEquals(
          trace.get(),
          HexFormat.of().formatHex(logs.getFirst().record().getTraceId().toByteArray()));
      Map<String, String> error = logs.getLast().attributes();
      assertEquals("java.lang.IllegalStateException", error.get("exception.type"));
      assertEquals("no table", error.get("exception.message"));
      assertTrue(error.get("exception.stacktrace").contains("LogExportTest"), error::toString);
    }
    assertEquals(before, handlers());
  }
}
