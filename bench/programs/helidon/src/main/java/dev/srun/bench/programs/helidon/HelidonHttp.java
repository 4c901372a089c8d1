package dev.srun.bench.programs.helidon;

import io.helidon.health.HealthCheckResponse;
import io.helidon.health.HealthCheckType;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.observe.ObserveFeature;
import io.helidon.webserver.observe.health.HealthObserver;
import io.helidon.webserver.observe.metrics.MetricsObserver;

/** Helidon SE with a page, its health at /ready and its metrics at /observe/metrics. */
public final class HelidonHttp {
  private HelidonHttp() {}

  /** Serves until it is told to stop, on the port that is given. */
  public static void main(String[] args) {
    HealthObserver health =
        HealthObserver.builder()
            .endpoint("/ready")
            .details(true) // without, it answers 204
            .addCheck(
                () -> HealthCheckResponse.builder().status(true).build(),
                HealthCheckType.READINESS,
                "hello")
            .build();
    WebServer.builder()
        .host("127.0.0.1")
        .port(Integer.parseInt(args[0]))
        .addFeature(ObserveFeature.just(health, MetricsObserver.create()))
        .routing(routing -> routing.get("/hello", (request, response) -> response.send("hello\n")))
        .build()
        .start();
  }
}
