package dev.srun.telemetry;

import dev.srun.Cause;
import dev.srun.HealthFigures;
import dev.srun.LatencySnapshot;
import dev.srun.PhaseTime;
import dev.srun.Runner;
import dev.srun.RunnerStatus;
import dev.srun.ServiceStatus;
import dev.srun.UpgradeFigures;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.Data;
import io.opentelemetry.sdk.metrics.data.DoublePointData;
import io.opentelemetry.sdk.metrics.data.GaugeData;
import io.opentelemetry.sdk.metrics.data.HistogramData;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.MetricDataType;
import io.opentelemetry.sdk.metrics.data.SumData;
import io.opentelemetry.sdk.metrics.export.MetricProducer;
import io.opentelemetry.sdk.resources.Resource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The runner's own signals, from one look at the runner for each collection. No semantic convention
 * names the lifecycle of a service, so they are {@code srun.*}. The admin server's own page, which
 * stands in where there is no SDK, tells the same under the same names.
 *
 * <p>They are not instruments of a meter: each of those would ask the runner for itself, keep a
 * copy of every point, put what goes beyond 2,000 points into one, and count once more what the
 * runner has in histograms.
 */
final class RunnerSignals implements MetricProducer {
  private static final AttributeKey<String> SERVICE = AttributeKey.stringKey("srun.service.name");
  private static final AttributeKey<String> OUTCOME = AttributeKey.stringKey("srun.outcome");
  private static final AttributeKey<String> KIND = AttributeKey.stringKey("srun.cause.kind");
  private static final AttributeKey<String> PHASE = AttributeKey.stringKey("srun.phase");

  /** In seconds: from what a look into memory takes to more than a check may. */
  private static final List<Double> BOUNDARIES =
      List.of(
          1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.01, 0.025, 0.05, 0.1, 0.25,
          0.5, 1.0, 2.5, 5.0, 10.0);

  private final Runner runner;

  RunnerSignals(Runner runner) {
    this.runner = runner;
  }

  @Override
  public Collection<MetricData> produce(Resource resource) {
    Look look = new Look(resource, runner.status());
    look.atTheProgram();
    look.atItsUpgrades(runner.upgradeFigures());
    look.atItsStop();
    look.atEachService();
    look.atItsHealth(runner.healthFigures());
    return look.signals;
  }

  /** One look at the runner, signal after signal. */
  private static final class Look {
    private final Resource resource;
    private final RunnerStatus status;
    private final List<Attributes> services;
    private final long start;
    private final long now;
    private final List<MetricData> signals = new ArrayList<>();

    Look(Resource resource, RunnerStatus status) {
      this.resource = resource;
      this.status = status;
      this.services =
          status.services().stream().map(each -> Attributes.of(SERVICE, each.name())).toList();
      this.start = epochNanos(status.startedAt());
      this.now = epochNanos(status.at());
    }

    void atTheProgram() {
      gauge(
          "srun.ready",
          "{program}",
          "Whether the program can be given work.",
          status.ready() ? 1 : 0);
      gauge("srun.live", "{program}", "Whether the program goes on.", status.live() ? 1 : 0);
      gauge(
          "srun.generation",
          "{generation}",
          "1, and one more with each upgrade.",
          status.generation());
      double uptime = seconds(Duration.between(status.startedAt(), status.at()));
      gauge("srun.uptime", "Time since the runner started.", List.of(at(uptime)));
      counter(
          "srun.stragglers",
          "{straggler}",
          "How often a service has outlived a limit.",
          status.stragglers());
    }

    void atItsUpgrades(UpgradeFigures upgrades) {
      List<LongPointData> points =
          upgrades.byOutcome().entrySet().stream()
              .map(each ->
                  LongPointData.create(
                      start, now, Attributes.of(OUTCOME, each.getKey()), each.getValue()))
              .toList();
      counter(
          "srun.upgrades",
          "{upgrade}",
          "Upgrades that were asked for, by what became of them.",
          points);
    }

    /** As far as it has come: the last look is before the telemetry and the admin server stop. */
    void atItsStop() {
      Cause cause = status.stopping();
      Instant since = status.stoppingSince();
      if (cause == null || since == null) {
        return;
      }
      double took = seconds(Duration.between(since, status.at()));
      Attributes its = Attributes.of(KIND, cause.kind());
      gauge(
          "srun.stop.duration",
          "How long the stop has taken so far.",
          List.of(DoublePointData.create(start, now, its, took, List.of())));
      gauge(
          "srun.stop.outcome",
          "{outcome}",
          "0 CLEAN, 1 FAILURES, 2 FORCED so far.",
          status.outcome().number());
    }

    void atEachService() {
      ofServices(
          "srun.service.state",
          "{state}",
          "0 STOPPED, 1 INITIATING, 2 INITIATED, 3 STARTING, 4 RUNNING, 5 SHUTTING_DOWN.",
          each -> each.state().number());
      ofServices(
          "srun.health.status",
          "{status}",
          "0 STOPPED, 1 UNHEALTHY, 2 DEGRADED, 3 HEALTHY, dependencies included.",
          each -> each.health().status().number());
      ofServices(
          "srun.check.failures",
          "{check}",
          "Checks in a row that have failed.",
          each -> each.health().checkedAt() == null ? null : each.health().failures());
      List<DoublePointData> phases = new ArrayList<>();
      for (ServiceStatus service : status.services()) {
        for (PhaseTime phase : service.phases()) {
          Attributes its = Attributes.of(SERVICE, service.name(), PHASE, phase.phase().toString());
          phases.add(
              DoublePointData.create(
                  start, now, its, seconds(phase.tookUntil(status.at())), List.of()));
        }
      }
      gauge(
          "srun.phase.duration",
          "How long a phase of a service took, or has taken so far.",
          phases);
    }

    void atItsHealth(HealthFigures figures) {
      histogram("srun.check.duration", "How long checks took.", figures.checks());
      histogram(
          "srun.health.delivery.duration",
          "Time from a report of health to a listener that is told.",
          figures.deliveries());
      counter(
          "srun.health.missed",
          "{change}",
          "Changes listeners were too slow for.",
          figures.missed());
      counter(
          "srun.health.coalesced",
          "{report}",
          "Reports overtaken by the next.",
          figures.coalesced());
      counter(
          "srun.health.listener.failures",
          "{failure}",
          "Throws of listeners.",
          figures.listenerFailures());
    }

    private void gauge(String name, String unit, String tells, long value) {
      add(
          name,
          unit,
          tells,
          MetricDataType.LONG_GAUGE,
          GaugeData.createLongGaugeData(List.of(at(value))));
    }

    private void gauge(String name, String tells, List<DoublePointData> seconds) {
      add(name, "s", tells, MetricDataType.DOUBLE_GAUGE, GaugeData.createDoubleGaugeData(seconds));
    }

    /** One point for each service that has a value. */
    private void ofServices(
        String name, String unit, String tells, Function<ServiceStatus, @Nullable Integer> value) {
      List<LongPointData> points = new ArrayList<>(services.size());
      for (int i = 0; i < services.size(); i++) {
        Integer its = value.apply(status.services().get(i));
        if (its != null) {
          points.add(LongPointData.create(start, now, services.get(i), its));
        }
      }
      add(name, unit, tells, MetricDataType.LONG_GAUGE, GaugeData.createLongGaugeData(points));
    }

    private void counter(String name, String unit, String tells, long value) {
      counter(name, unit, tells, List.of(at(value)));
    }

    private void counter(String name, String unit, String tells, List<LongPointData> points) {
      add(
          name,
          unit,
          tells,
          MetricDataType.LONG_SUM,
          SumData.createLongSumData(true, AggregationTemporality.CUMULATIVE, points));
    }

    private void histogram(String name, String tells, LatencySnapshot latency) {
      List<Long> counts = new ArrayList<>();
      long below = 0;
      for (double boundary : BOUNDARIES) {
        long upTo = latency.countUpTo(Duration.ofNanos(Math.round(boundary * 1e9)));
        counts.add(upTo - below);
        below = upTo;
      }
      counts.add(latency.count() - below);
      HistogramPointData point =
          HistogramPointData.create(
              start,
              now,
              Attributes.empty(),
              seconds(latency.total()),
              false,
              0,
              true,
              seconds(latency.max()),
              BOUNDARIES,
              counts);
      add(
          name,
          "s",
          tells,
          MetricDataType.HISTOGRAM,
          HistogramData.create(AggregationTemporality.CUMULATIVE, List.of(point)));
    }

    private LongPointData at(long value) {
      return LongPointData.create(start, now, Attributes.empty(), value);
    }

    private DoublePointData at(double value) {
      return DoublePointData.create(start, now, Attributes.empty(), value, List.of());
    }

    private void add(String name, String unit, String tells, MetricDataType type, Data<?> data) {
      signals.add(new Signal(resource, name, unit, tells, type, data));
    }
  }

  private static double seconds(Duration time) {
    return time.toNanos() / 1e9;
  }

  private static long epochNanos(Instant moment) {
    return TimeUnit.SECONDS.toNanos(moment.getEpochSecond()) + moment.getNano();
  }
}
