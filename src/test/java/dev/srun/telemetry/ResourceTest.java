package dev.srun.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.srun.Config;
import dev.srun.Srun;
import dev.srun.telemetry.Collector.Behaviour;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** As whom a program sends what it exports. */
class ResourceTest {
  private static final Config CONFIG = Config.named("t").withoutSignals();

  /** Runs a program that has something to send of each signal; the resource by the signal. */
  private static Map<String, Map<String, String>> resources(Config config) throws Exception {
    try (Collector collector = new Collector(Behaviour.WORKS)) {
      Telemetry telemetry =
          new Telemetry(
              true, () -> "", Map.of("otel.exporter.otlp.endpoint", collector.endpoint()));
      Srun.run(
          config,
          app -> {
            app.service("telemetry", telemetry);
            app.main(
                "work",
                ctx -> {
                  telemetry.get().getTracer("t").spanBuilder("s").startSpan().end();
                  ctx.logger().log(Level.INFO, "said");
                });
          });
      return new Received(collector).resources();
    }
  }

  @Test
  void aProgramNamesItselfAndItsVersion() throws Exception {
    Map<String, String> resource = resources(CONFIG.version("1.4.2")).get("traces");

    assertEquals("t", resource.get("service.name"));
    assertEquals("1.4.2", resource.get("service.version"));
  }

  @Test
  void aVersionThatNobodyKnowsIsNotInvented() throws Exception {
    assertFalse(resources(CONFIG).get("traces").containsKey("service.version"));
  }

  @Test
  void oneRunIsOneInstanceInEverySignalAndTheNextIsAnother() throws Exception {
    Map<String, Map<String, String>> first = resources(CONFIG);
    Map<String, Map<String, String>> second = resources(CONFIG);

    for (Map<String, Map<String, String>> run : List.of(first, second)) {
      assertEquals(Set.of("traces", "metrics", "logs"), run.keySet());
      assertEquals(run.get("traces"), run.get("metrics"));
      assertEquals(run.get("traces"), run.get("logs"));
    }
    assertNotEquals(
        first.get("traces").get("service.instance.id"),
        second.get("traces").get("service.instance.id"));
  }
}
