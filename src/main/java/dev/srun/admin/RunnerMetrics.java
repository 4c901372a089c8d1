package dev.srun.admin;

import dev.srun.Cause;
import dev.srun.HealthFigures;
import dev.srun.LatencySnapshot;
import dev.srun.PhaseTime;
import dev.srun.Runner;
import dev.srun.RunnerStatus;
import dev.srun.ServiceStatus;
import dev.srun.UpgradeFigures;
import dev.srun.admin.AdminServer.MetricsPage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The runner's own figures in Prometheus' text format 0.0.4, for a program without telemetry. With
 * it the same names tell the same, so that no dashboard need know which it is.
 */
final class RunnerMetrics {
  private static final String FORMAT = "text/plain; version=0.0.4; charset=utf-8";
  private static final List<Double> BOUNDARIES =
      List.of(
          1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.01, 0.025, 0.05, 0.1, 0.25,
          0.5, 1.0, 2.5, 5.0, 10.0);

  private final Runner runner;

  RunnerMetrics(Runner runner) {
    this.runner = runner;
  }

  MetricsPage page() {
    return new MetricsPage(
        FORMAT, text(runner.status(), runner.healthFigures(), runner.upgradeFigures()));
  }

  private static String text(RunnerStatus status, HealthFigures figures, UpgradeFigures upgrades) {
    Page page = new Page(status);
    page.gauge("srun_ready", "Whether the program can be given work.", status.ready() ? 1 : 0);
    page.gauge("srun_live", "Whether the program goes on.", status.live() ? 1 : 0);
    page.gauge("srun_generation", "1, and one more with each upgrade.", status.generation());
    page.gauge(
        "srun_uptime_seconds",
        "Time since the runner started.",
        Duration.between(status.startedAt(), status.at()).toNanos() / 1e9);
    page.counter(
        "srun_stragglers_total", "How often a service has outlived a limit.", status.stragglers());
    page.upgrades(upgrades);
    page.stop();
    page.ofServices(
        "srun_service_state",
        "0 STOPPED, 1 INITIATING, 2 INITIATED, 3 STARTING, 4 RUNNING, 5 SHUTTING_DOWN.",
        service -> service.state().number());
    page.ofServices(
        "srun_health_status",
        "0 STOPPED, 1 UNHEALTHY, 2 DEGRADED, 3 HEALTHY, dependencies included.",
        service -> service.health().status().number());
    page.ofServices(
        "srun_check_failures",
        "Checks in a row that have failed.",
        service -> service.health().checkedAt() == null ? null : service.health().failures());
    page.phases();
    page.histogram("srun_check_duration_seconds", "How long checks took.", figures.checks());
    page.histogram(
        "srun_health_delivery_duration_seconds",
        "Time from a report of health to a listener that is told.",
        figures.deliveries());
    page.counter(
        "srun_health_missed_total", "Changes listeners were too slow for.", figures.missed());
    page.counter(
        "srun_health_coalesced_total", "Reports overtaken by the next.", figures.coalesced());
    page.counter(
        "srun_health_listener_failures_total", "Throws of listeners.", figures.listenerFailures());
    return page.text.toString();
  }

  /** One page of metrics, metric after metric. */
  private static final class Page {
    private final StringBuilder text = new StringBuilder(4096);
    private final RunnerStatus status;

    Page(RunnerStatus status) {
      this.status = status;
    }

    void gauge(String name, String help, Number value) {
      head(name, help, "gauge");
      sample(name, "", value);
    }

    void counter(String name, String help, long value) {
      head(name, help, "counter");
      sample(name, "", value);
    }

    void upgrades(UpgradeFigures upgrades) {
      String name = "srun_upgrades_total";
      head(name, "Upgrades that were asked for, by what became of them.", "counter");
      upgrades
          .byOutcome()
          .forEach((outcome, count) -> sample(name, "srun_outcome=\"" + outcome + "\"", count));
    }

    /** As far as it has come. */
    void stop() {
      Cause cause = status.stopping();
      Instant since = status.stoppingSince();
      if (cause == null || since == null) {
        return;
      }
      head("srun_stop_duration_seconds", "How long the stop has taken so far.", "gauge");
      sample(
          "srun_stop_duration_seconds",
          "srun_cause_kind=\"" + cause.kind() + "\"",
          Duration.between(since, status.at()).toNanos() / 1e9);
      gauge(
          "srun_stop_outcome", "0 CLEAN, 1 FAILURES, 2 FORCED so far.", status.outcome().number());
    }

    /** One sample for each service that has a value. */
    void ofServices(String name, String help, Function<ServiceStatus, @Nullable Integer> value) {
      head(name, help, "gauge");
      for (ServiceStatus service : status.services()) {
        Integer its = value.apply(service);
        if (its != null) {
          sample(name, "srun_service_name=\"" + escaped(service.name()) + "\"", its);
        }
      }
    }

    void phases() {
      String name = "srun_phase_duration_seconds";
      head(name, "How long a phase of a service took, or has taken so far.", "gauge");
      for (ServiceStatus service : status.services()) {
        for (PhaseTime phase : service.phases()) {
          String labels =
              "srun_phase=\"%s\",srun_service_name=\"%s\""
                  .formatted(phase.phase(), escaped(service.name()));
          sample(name, labels, phase.tookUntil(status.at()).toNanos() / 1e9);
        }
      }
    }

    void histogram(String name, String help, LatencySnapshot latency) {
      head(name, help, "histogram");
      for (double boundary : BOUNDARIES) {
        Duration limit = Duration.ofNanos(Math.round(boundary * 1e9));
        sample(name + "_bucket", "le=\"" + boundary + "\"", latency.countUpTo(limit));
      }
      sample(name + "_bucket", "le=\"+Inf\"", latency.count());
      sample(name + "_count", "", latency.count());
      sample(name + "_sum", "", latency.total().toNanos() / 1e9);
    }

    private void head(String name, String help, String type) {
      text.append("# HELP ").append(name).append(' ').append(help).append('\n');
      text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    private void sample(String name, String labels, Number value) {
      text.append(name);
      if (!labels.isEmpty()) {
        text.append('{').append(labels).append('}');
      }
      text.append(' ').append(value).append('\n');
    }

    private static String escaped(String label) {
      return label.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }
  }
}
