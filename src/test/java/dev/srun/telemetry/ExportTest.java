package dev.srun.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.Config;
import dev.srun.Exit;
import dev.srun.Srun;
import dev.srun.telemetry.Collector.Behaviour;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Tracer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** That no collector, however it behaves, holds up a program, and what is told of what is lost. */
class ExportTest {
  private static final int SPANS = 120;

  /** What a stop may take for the telemetry, and a busy machine beside it. */
  private static final Duration BOUND = Duration.ofMillis(3_500);

  /** What the service said. */
  private static final class Log extends Handler implements AutoCloseable {
    private final ConcurrentLinkedQueue<String> lines = new ConcurrentLinkedQueue<>();
    private final Logger logger = Logger.getLogger("t.telemetry");

    Log() {
      logger.addHandler(this);
    }

    @Override
    public void publish(LogRecord record) {
      lines.add(record.getMessage());
    }

    List<String> losses() {
      return lines.stream().filter(line -> line.startsWith("telemetry not exported")).toList();
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
      logger.removeHandler(this);
    }
  }

  private static Map<String, String> properties(Collector collector, String... more) {
    Map<String, String> properties = new HashMap<>();
    properties.put("otel.exporter.otlp.endpoint", collector.endpoint());
    for (int i = 0; i < more.length; i += 2) {
      properties.put(more[i], more[i + 1]);
    }
    return properties;
  }

  /** A program that makes spans and log records and ends. */
  private static Exit run(Telemetry telemetry) {
    return Srun.run(
        Config.named("t").withoutSignals(),
        app -> {
          app.service("telemetry", telemetry);
          app.main(
              "work",
              ctx -> {
                OpenTelemetry its = telemetry.get();
                Tracer tracer = its.getTracer("test");
                for (int i = 0; i < SPANS; i++) {
                  tracer.spanBuilder("span").startSpan().end();
                  its.getLogsBridge().get("test").logRecordBuilder().setBody("said").emit();
                }
              });
        });
  }

  private static Set<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name ->
            name.startsWith("Batch")
                || name.startsWith("Periodic")
                || name.startsWith("HttpClient")
                || name.startsWith("telemetry-"))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @ParameterizedTest
  @EnumSource(Behaviour.class)
  void noCollectorHoldsUpTheStopAndNothingIsLeftBehind(Behaviour behaviour) throws Exception {
    try (Collector collector = new Collector(behaviour);
        Log log = new Log()) {
      Exit exit = run(new Telemetry(true, () -> "", properties(collector)));

      assertEquals(0, exit.code(), exit::toString);
      assertEquals(List.of(), exit.stragglers());
      assertEquals(List.of(), exit.leaks());
      assertTrue(exit.stopTook().compareTo(BOUND) < 0, () -> exit.stopTook().toString());
      boolean delivers = behaviour == Behaviour.WORKS || behaviour == Behaviour.IS_SLOW;
      assertEquals(delivers ? 0 : 1, log.losses().size(), log.lines::toString);
      if (!delivers) {
        String line = log.losses().getFirst();
        assertTrue(line.contains("1 batches of metrics"), line);
        assertTrue(line.contains("; last error: "), line);
      }
    }
    Awaitility.await()
        .atMost(Duration.ofSeconds(2))
        .untilAsserted(() -> assertEquals(Set.of(), threads()));
  }

  @ParameterizedTest
  @EnumSource(
      value = Behaviour.class,
      names = {"IS_DOWN", "IS_OVERLOADED", "REFUSES"})
  void aCollectorThatSaysNoCostsNoTime(Behaviour behaviour) throws Exception {
    try (Collector collector = new Collector(behaviour)) {
      Exit exit = run(new Telemetry(true, () -> "", properties(collector)));

      assertTrue(exit.stopTook().toMillis() < 1_500, () -> exit.stopTook().toString());
    }
  }

  @Test
  void whatNeverFoundRoomIsCountedAsLostToo() throws Exception {
    try (Collector collector = new Collector(Behaviour.HANGS);
        Log log = new Log()) {
      run(
          new Telemetry(
              true,
              () -> "",
              properties(
                  collector,
                  "otel.bsp.max.queue.size",
                  "16",
                  "otel.bsp.max.export.batch.size",
                  "8",
                  "otel.logs.exporter",
                  "none")));

      assertEquals(1, log.losses().size(), log.lines::toString);
      String line = log.losses().getFirst();
      Matcher lost = Pattern.compile("(\\d+) spans").matcher(line);
      assertTrue(lost.find(), line); // and those of the start
      assertTrue(Integer.parseInt(lost.group(1)) >= SPANS, line);
    }
  }
}
