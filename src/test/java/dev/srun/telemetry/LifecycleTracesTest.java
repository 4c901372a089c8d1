package dev.srun.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.Config;
import dev.srun.Context;
import dev.srun.Running;
import dev.srun.Service;
import dev.srun.Srun;
import dev.srun.StartFailedException;
import dev.srun.UpgradeOutcome;
import dev.srun.WarmUp;
import dev.srun.WarmedUp;
import dev.srun.telemetry.Collector.Behaviour;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** The traces of a start and of a stop, as a collector gets them. */
class LifecycleTracesTest {
  private static final Config CONFIG = Config.named("t").withoutSignals();

  /** Has something to do in each phase. */
  private static class Worker implements Service {
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final boolean drains;

    Worker(boolean drains) {
      this.drains = drains;
    }

    @Override
    public void init(Context ctx) {
      ctx.own(() -> {});
      if (drains) {
        ctx.onDrain(it -> {});
      }
    }

    @Override
    public void run(Context ctx) throws InterruptedException {
      ctx.ready();
      stopped.await();
    }

    @Override
    public void stop(Context ctx) {
      stopped.countDown();
    }
  }

  private static final class WarmedWorker extends Worker implements WarmedUp {
    WarmedWorker() {
      super(true);
    }

    @Override
    public void warmUp(Context ctx) {}
  }

  private static Telemetry exportingTo(Collector collector) {
    return exportingTo(collector, "");
  }

  private static Telemetry exportingTo(Collector collector, String upgradeTrace) {
    return new Telemetry(
        true,
        () -> upgradeTrace,
        Map.of(
            "otel.exporter.otlp.endpoint", collector.endpoint(), "otel.bsp.schedule.delay", "50"));
  }

  private static void assertInOrder(Instant before, Span span, Instant after) {
    assertTrue(nanos(before) <= span.getStartTimeUnixNano(), span::toString);
    assertTrue(span.getStartTimeUnixNano() <= span.getEndTimeUnixNano(), span::toString);
    assertTrue(span.getEndTimeUnixNano() <= nanos(after), span::toString);
  }

  private static long nanos(Instant at) {
    return TimeUnit.SECONDS.toNanos(at.getEpochSecond()) + at.getNano();
  }

  @Test
  void anUpgradeIsATraceThatTheStartOfTheNextGenerationIsPartOf() throws Exception {
    try (Collector collector = new Collector(Behaviour.WORKS)) {
      Received received = new Received(collector);
      Telemetry parent = exportingTo(collector);
      Running app = Srun.start(CONFIG, it -> it.service("telemetry", parent));
      parent.get(); // the SDK is there
      Telemetry.UpgradeTrace failed = parent.beginUpgrade();
      failed.end().accept(new UpgradeOutcome.Failed("pid 4711 exited with 1", List.of()));
      Telemetry.UpgradeTrace upgrade = parent.beginUpgrade();
      Srun.start(CONFIG, it -> it.service("telemetry", exportingTo(collector, upgrade.parent())))
          .close();
      upgrade.end().accept(new UpgradeOutcome.Upgraded(4711, 2, Duration.ofSeconds(1)));
      app.close();

      Map<String, Span> upgrades =
          received.spans().stream()
              .filter(span -> span.getName().equals("upgrade"))
              .collect(Collectors.toMap(span -> span.getStatus().getMessage(), it -> it));
      assertEquals(Set.of("", "upgrade failed: pid 4711 exited with 1"), upgrades.keySet());
      Span good = upgrades.get("");
      List<Span> children =
          received.spans().stream()
              .filter(span -> span.getParentSpanId().equals(good.getSpanId()))
              .toList();
      assertEquals(List.of("start"), children.stream().map(Span::getName).toList());
      assertEquals(good.getTraceId(), children.getFirst().getTraceId());
    }
  }

  @Test
  void theStartIsATraceOnceTheProgramIsUpAndTheStopIsOneInTheEnd() throws Exception {
    try (Collector collector = new Collector(Behaviour.WORKS)) {
      Received received = new Received(collector);
      Instant before = Instant.now();
      Running app =
          Srun.start(
              CONFIG.warmUp(WarmUp.ALWAYS),
              it -> {
                it.service("telemetry", exportingTo(collector));
                it.service("ledger", new Worker(false));
                it.service("api", new WarmedWorker());
              });
      List<String> start =
          List.of(
              "start",
              "  ledger",
              "    init",
              "    ready",
              "  api",
              "    init",
              "    ready",
              "    warm-up");

      Awaitility.await()
          .atMost(Duration.ofSeconds(10))
          .untilAsserted(() -> assertEquals(start, withoutOurs(received.tree("start"))));
      assertEquals(List.of(), received.tree("stop"));
      app.close();

      List<String> stop = received.tree("stop");
      assertEquals(
          List.of(
              "stop",
              "  api",
              "    drain",
              "    stop",
              "    close",
              "  ledger",
              "    stop",
              "    close"),
          withoutOurs(stop),
          stop::toString);
      assertEquals(start, withoutOurs(received.tree("start")));
      Instant after = Instant.now();
      received.spans().forEach(span -> assertInOrder(before, span, after));
    }
  }

  /** Without the spans of what srun has added. */
  private static List<String> withoutOurs(List<String> tree) {
    List<String> kept = new ArrayList<>();
    boolean ours = false;
    for (String line : tree) {
      boolean service = line.startsWith("  ") && !line.startsWith("    ");
      ours = service ? line.startsWith("  (") : ours && line.startsWith("    ");
      if (!ours) {
        kept.add(line);
      }
    }
    return kept;
  }

  private static void assertThrows(Executable start) {
    org.junit.jupiter.api.Assertions.assertThrows(StartFailedException.class, start);
  }

  @Test
  void aStartThatFailsIsATraceThatSaysWhereAndWhy() throws Exception {
    try (Collector collector = new Collector(Behaviour.WORKS)) {
      assertThrows(() ->
          Srun.start(
              CONFIG,
              it -> {
                it.service("telemetry", exportingTo(collector));
                it.service("ledger", new Worker(false));
                it.init(
                    "schema",
                    ctx -> {
                      throw new IllegalStateException("no table");
                    });
                it.service("api", new Worker(false));
              }));

      Received received = new Received(collector);
      String why = "schema: init: java.lang.IllegalStateException: no table";
      List<String> tree = withoutOurs(received.tree("start"));
      assertEquals(
          List.of(
              "start ERROR " + why,
              "  ledger",
              "    init",
              "    ready",
              "  schema ERROR " + why,
              "    init ERROR " + why),
          tree);
      Span failed =
          received.spans().stream()
              .filter(span -> span.getEventsCount() > 0 && !span.getParentSpanId().isEmpty())
              .findFirst()
              .orElseThrow();
      assertEquals(Status.StatusCode.STATUS_CODE_ERROR, failed.getStatus().getCode());
      Map<String, String> exception = Received.attributes(failed.getEvents(0).getAttributesList());
      assertEquals("java.lang.IllegalStateException", exception.get("exception.type"));
      assertTrue(exception.get("exception.stacktrace").contains("LifecycleTracesTest"));
      assertTrue(received.tree("stop").getFirst().startsWith("stop ERROR"));
    }
  }
}
