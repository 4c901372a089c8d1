package dev.srun.telemetry;

import dev.srun.LatencySnapshot;
import dev.srun.PhaseTime;
import dev.srun.Runner;
import dev.srun.RunnerStatus;
import dev.srun.ServiceStatus;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.ObservableDoubleMeasurement;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * The runner's own signals, read when they are collected. No semantic convention names the
 * lifecycle of a service, so they are {@code srun.*}.
 */
final class RunnerInstruments {
  private static final AttributeKey<String> SERVICE = AttributeKey.stringKey("srun.service.name");
  private static final AttributeKey<String> PHASE = AttributeKey.stringKey("srun.phase");
  private static final AttributeKey<Double> QUANTILE = AttributeKey.doubleKey("quantile");
  private static final double[] QUANTILES = {0.5, 0.9, 0.99, 1};

  private final Runner runner;

  RunnerInstruments(Runner runner) {
    this.runner = runner;
  }

  void registerWith(Meter meter) {
    gauge(meter, "srun.ready", "Whether the program can be given work.", s -> s.ready() ? 1 : 0);
    gauge(meter, "srun.live", "Whether the program goes on.", status -> status.live() ? 1 : 0);
    gauge(meter, "srun.generation", "1, and one more with each upgrade.", RunnerStatus::generation);
    perService(
        meter,
        "srun.service.state",
        "0 STOPPED, 1 INITIATING, 2 INITIATED, 3 STARTING, 4 RUNNING, 5 SHUTTING_DOWN.",
        RunnerInstruments::stateNumber);
    perService(
        meter,
        "srun.health.status",
        "0 STOPPED, 1 UNHEALTHY, 2 DEGRADED, 3 HEALTHY, dependencies included.",
        RunnerInstruments::healthNumber);
    perService(
        meter,
        "srun.check.failures",
        "Checks in a row that have failed.",
        service -> service.health().failures());
    meter
        .gaugeBuilder("srun.phase.duration")
        .setUnit("s")
        .setDescription("How long a phase of a service took, or has taken so far.")
        .buildWithCallback(this::phases);
    latency(
        meter, "srun.check.duration", "How long checks took.", it -> it.healthFigures().checks());
    latency(
        meter,
        "srun.health.delivery.duration",
        "Time from a report of health to a listener that is told.",
        it -> it.healthFigures().deliveries());
    counter(
        meter,
        "srun.health.missed",
        "Changes listeners were too slow for.",
        it -> it.healthFigures().missed());
    counter(
        meter,
        "srun.health.coalesced",
        "Reports overtaken by the next.",
        it -> it.healthFigures().coalesced());
    counter(
        meter,
        "srun.health.listener.failures",
        "Throws of listeners.",
        it -> it.healthFigures().listenerFailures());
  }

  private void gauge(Meter meter, String name, String tells, ToLongFunction<RunnerStatus> value) {
    meter
        .gaugeBuilder(name)
        .ofLongs()
        .setUnit("1")
        .setDescription(tells)
        .buildWithCallback(it -> it.record(value.applyAsLong(runner.status())));
  }

  private void perService(
      Meter meter, String name, String tells, ToLongFunction<ServiceStatus> value) {
    meter
        .gaugeBuilder(name)
        .ofLongs()
        .setUnit("1")
        .setDescription(tells)
        .buildWithCallback(it -> {
          for (ServiceStatus service : runner.status().services()) {
            it.record(value.applyAsLong(service), Attributes.of(SERVICE, service.name()));
          }
        });
  }

  private void counter(Meter meter, String name, String tells, ToLongFunction<Runner> value) {
    meter
        .counterBuilder(name)
        .setUnit("1")
        .setDescription(tells)
        .buildWithCallback(it -> it.record(value.applyAsLong(runner)));
  }

  private void latency(
      Meter meter, String name, String tells, Function<Runner, LatencySnapshot> of) {
    meter
        .gaugeBuilder(name)
        .setUnit("s")
        .setDescription(tells)
        .buildWithCallback(it -> {
          LatencySnapshot snapshot = of.apply(runner);
          for (double quantile : QUANTILES) {
            it.record(seconds(snapshot.at(100 * quantile)), Attributes.of(QUANTILE, quantile));
          }
        });
  }

  private void phases(ObservableDoubleMeasurement measurement) {
    RunnerStatus status = runner.status();
    for (ServiceStatus service : status.services()) {
      for (PhaseTime phase : service.phases()) {
        Duration took = phase.took();
        Duration time = took == null ? Duration.between(phase.since(), status.at()) : took;
        measurement.record(
            seconds(time), Attributes.of(SERVICE, service.name(), PHASE, phase.phase().toString()));
      }
    }
  }

  private static double seconds(Duration time) {
    return time.toNanos() / 1e9;
  }

  private static long stateNumber(ServiceStatus service) {
    return switch (service.state()) {
      case STOPPED -> 0;
      case INITIATING -> 1;
      case INITIATED -> 2;
      case STARTING -> 3;
      case RUNNING -> 4;
      case SHUTTING_DOWN -> 5;
    };
  }

  private static long healthNumber(ServiceStatus service) {
    return switch (service.health().status()) {
      case STOPPED -> 0;
      case UNHEALTHY -> 1;
      case DEGRADED -> 2;
      case HEALTHY -> 3;
    };
  }
}
