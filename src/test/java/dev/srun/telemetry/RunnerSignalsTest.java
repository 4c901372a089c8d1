package dev.srun.telemetry;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.Config;
import dev.srun.Context;
import dev.srun.ForwardingRunner;
import dev.srun.Health;
import dev.srun.HealthChecked;
import dev.srun.HealthFigures;
import dev.srun.Runner;
import dev.srun.RunnerStatus;
import dev.srun.Running;
import dev.srun.Service;
import dev.srun.Setup;
import dev.srun.Srun;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.metrics.data.DoublePointData;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.PointData;
import io.opentelemetry.sdk.resources.Resource;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The runner's own signals as the SDK gets them. */
@Timeout(60)
final class RunnerSignalsTest {
  private static final AttributeKey<String> OUTCOME = AttributeKey.stringKey("srun.outcome");
  private static final AttributeKey<String> SERVICE = AttributeKey.stringKey("srun.service.name");
  private static final AttributeKey<String> KIND = AttributeKey.stringKey("srun.cause.kind");
  private static final AttributeKey<String> PHASE = AttributeKey.stringKey("srun.phase");

  private static final class Checked implements Service, HealthChecked {
    @Override
    public void run(Context ctx) {}

    @Override
    public Health check() {
      return Health.degraded("replica lag");
    }
  }

  private static Running start(Setup services) {
    return Srun.start(Config.named("t").withoutSignals().drain(Duration.ZERO), services);
  }

  private static Map<String, MetricData> collected(Runner runner) {
    return new RunnerSignals(runner)
        .produce(Resource.getDefault()).stream()
            .collect(
                Collectors.toMap(
                    MetricData::getName,
                    Function.identity(),
                    (one, same) -> {
                      throw new AssertionError(one.getName() + " twice");
                    },
                    TreeMap::new));
  }

  private static List<? extends PointData> points(MetricData signal) {
    return List.copyOf(signal.getData().getPoints());
  }

  private static long value(MetricData signal) {
    return ((LongPointData) points(signal).getFirst()).getValue();
  }

  private static Map<String, Long> byService(MetricData signal) {
    return signal.getLongGaugeData().getPoints().stream()
        .collect(
            Collectors.toMap(
                point -> String.valueOf(point.getAttributes().get(SERVICE)),
                LongPointData::getValue));
  }

  @Test
  void upgradesAreCountedByWhatBecameOfThem() throws Exception {
    Config config = Config.named("t").withoutSignals().drain(Duration.ZERO).upgradable();
    try (Running app = Srun.start(config, it -> it.service("database", new Checked()))) {
      app.stop("so that there can be none");
      app.upgrade("test").toCompletableFuture().get(10, TimeUnit.SECONDS);

      Map<String, Long> counts =
          collected(app).get("srun.upgrades").getLongSumData().getPoints().stream()
              .collect(
                  Collectors.toMap(
                      point -> String.valueOf(point.getAttributes().get(OUTCOME)),
                      LongPointData::getValue));
      assertEquals(Map.of("upgraded", 0L, "failed", 0L, "refused", 1L), counts);
    }
  }

  @Test
  void everySignalHasItsNameUnitAndDescription() {
    try (Running app = start(it -> it.service("database", new Checked()))) {
      Map<String, MetricData> signals = collected(app);

      assertEquals(
          Set.of(
              "srun.ready",
              "srun.upgrades",
              "srun.live",
              "srun.generation",
              "srun.uptime",
              "srun.stragglers",
              "srun.service.state",
              "srun.health.status",
              "srun.check.failures",
              "srun.phase.duration",
              "srun.check.duration",
              "srun.health.delivery.duration",
              "srun.health.missed",
              "srun.health.coalesced",
              "srun.health.listener.failures"),
          signals.keySet());
      signals.values().forEach(RunnerSignalsTest::assertSaysWhatItIs);
    }
  }

  private static void assertSaysWhatItIs(MetricData signal) {
    assertTrue(signal.getUnit().matches("s|\\{[a-z]+}"), signal::toString);
    assertTrue(signal.getDescription().matches("[A-Z0-9].+\\."), signal::toString);
    assertEquals("dev.srun", signal.getInstrumentationScopeInfo().getName());
    assertFalse(points(signal).isEmpty(), signal::toString);
  }

  @Test
  void stateAndHealthAreToldOfEachServiceByNumber() {
    try (Running app =
        start(it -> {
          it.service("database", new Checked());
          it.service("api", ctx -> {}).dependsOn("database");
        })) {
      Map<String, MetricData> signals = collected(app);

      assertEquals(4, byService(signals.get("srun.service.state")).get("database"));
      assertEquals(2, byService(signals.get("srun.health.status")).get("database"));
      assertEquals(2, byService(signals.get("srun.health.status")).get("api"));
      assertEquals(Map.of("database", 0L), byService(signals.get("srun.check.failures")));
      assertEquals(1, value(signals.get("srun.ready")));
      assertEquals(1, value(signals.get("srun.live")));
      assertEquals(1, value(signals.get("srun.generation")));
      assertEquals(0, value(signals.get("srun.stragglers")));
    }
  }

  @Test
  void phasesAreToldWithTheTimeTheyTook() {
    try (Running app = start(it -> it.service("database", new Checked()))) {
      MetricData phases = collected(app).get("srun.phase.duration");
      Map<String, Double> told =
          phases.getDoubleGaugeData().getPoints().stream()
              .filter(point -> "database".equals(point.getAttributes().get(SERVICE)))
              .collect(
                  Collectors.toMap(
                      point -> String.valueOf(point.getAttributes().get(PHASE)),
                      DoublePointData::getValue));

      assertEquals(
          app.status().service("database").phases().stream()
              .collect(
                  Collectors.toMap(
                      phase -> phase.phase().toString(), phase -> phase.took().toNanos() / 1e9)),
          told);
    }
  }

  /**
   * The counts of a histogram's buckets, which Prometheus adds up, are those between two limits.
   */
  @Test
  void latenciesAreHistogramsOfWhatTheRunnerHasCounted() {
    try (Running app = start(it -> it.service("database", new Checked()))) {
      await().until(() -> app.healthFigures().checks().count() > 0);
      HistogramPointData point =
          collected(app).get("srun.check.duration").getHistogramData().getPoints().stream()
              .findFirst()
              .get();

      assertEquals(1, point.getCount());
      assertEquals(1, point.getCounts().stream().mapToLong(Long::longValue).sum());
      assertEquals(app.healthFigures().checks().total().toNanos() / 1e9, point.getSum());
      assertEquals(app.healthFigures().checks().max().toNanos() / 1e9, point.getMax());
      int bucket = point.getCounts().indexOf(1L);
      double took = app.healthFigures().checks().max().toNanos() / 1e9;
      assertTrue(bucket == 0 || point.getBoundaries().get(bucket - 1) < took, point::toString);
      assertTrue(took <= point.getBoundaries().get(bucket), point::toString);
    }
  }

  @Test
  void aServiceThatOutlivesALimitIsAStraggler() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    class Hangs implements Service, HealthChecked {
      @Override
      public void run(Context ctx) {}

      @Override
      public Health check() throws InterruptedException {
        release.await();
        return Health.healthy();
      }
    }
    Config config =
        Config.named("t")
            .withoutSignals()
            .drain(Duration.ZERO)
            .healthTimeout(Duration.ofMillis(20));
    try (Running app = Srun.start(config, it -> it.service("hangs", new Hangs()).nonCritical())) {
      await().until(() -> value(collected(app).get("srun.stragglers")) == 1);
      release.countDown();
    }
  }

  /** Stops when it is told to, and throws if it is told that. */
  private record Leaves(CountDownLatch go, boolean fails) implements Service {
    @Override
    public void run(Context ctx) {}

    @Override
    public void stop(Context ctx) throws InterruptedException {
      go.await();
      if (fails) {
        throw new IllegalStateException("broken");
      }
    }
  }

  @Test
  void aStopIsToldWithItsCauseItsTimeAndHowItGoes() {
    CountDownLatch first = new CountDownLatch(1);
    CountDownLatch last = new CountDownLatch(1);
    try (Running app =
        start(it -> {
          it.service("last", new Leaves(last, false));
          it.service("first", new Leaves(first, true));
        })) {
      assertFalse(collected(app).containsKey("srun.stop.duration"));
      assertFalse(collected(app).containsKey("srun.stop.outcome"));
      app.stop("done");
      Map<String, MetricData> begun = collected(app);
      first.countDown();
      await().until(() -> value(collected(app).get("srun.stop.outcome")) == 1);
      Map<String, MetricData> signals = collected(app);
      last.countDown();

      DoublePointData before = (DoublePointData) points(begun.get("srun.stop.duration")).getFirst();
      DoublePointData took = (DoublePointData) points(signals.get("srun.stop.duration")).getFirst();
      assertEquals(Attributes.of(KIND, "asked"), took.getAttributes());
      assertTrue(0 <= before.getValue() && before.getValue() < took.getValue(), took::toString);
      assertEquals(0, value(begun.get("srun.stop.outcome")));
      assertSaysWhatItIs(signals.get("srun.stop.duration"));
      assertSaysWhatItIs(signals.get("srun.stop.outcome"));
    }
  }

  @Test
  void oneCollectionLooksAtTheRunnerOnce() {
    try (Running app = start(it -> it.service("database", new Checked()))) {
      Counting counting = new Counting(app);
      new RunnerSignals(counting).produce(Resource.getDefault());

      assertEquals(1, counting.statuses.get());
      assertEquals(1, counting.figures.get());
    }
  }

  /** The SDK would put what goes beyond 2,000 points of one instrument into a single one. */
  @Test
  void aThousandServicesAreToldOneByOne() {
    try (Running app =
        start(it -> {
          for (int i = 0; i < 1_000; i++) {
            it.service("service-" + i, new Checked());
          }
        })) {
      Map<String, MetricData> signals = collected(app);
      RunnerStatus status = app.status();
      int phases = status.services().stream().mapToInt(each -> each.phases().size()).sum();

      assertTrue(phases > 2_000, () -> phases + " phases");
      assertEquals(phases, points(signals.get("srun.phase.duration")).size());
      assertEquals(status.services().size(), byService(signals.get("srun.service.state")).size());
    }
  }

  /** A runner that counts how often it is looked at. */
  private static final class Counting extends ForwardingRunner {
    private final AtomicInteger statuses = new AtomicInteger();
    private final AtomicInteger figures = new AtomicInteger();

    Counting(Runner runner) {
      super(runner);
    }

    @Override
    public RunnerStatus status() {
      statuses.incrementAndGet();
      return super.status();
    }

    @Override
    public HealthFigures healthFigures() {
      figures.incrementAndGet();
      return super.healthFigures();
    }
  }
}
