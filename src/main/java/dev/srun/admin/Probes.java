package dev.srun.admin;

import com.sun.net.httpserver.HttpExchange;
import dev.srun.Health;
import dev.srun.HealthStatus;
import dev.srun.Runner;
import dev.srun.RunnerStatus;
import java.io.IOException;

/**
 * What an orchestrator asks again and again: answered from memory, by whatever thread, without a
 * call of user code. 200 or 503.
 */
final class Probes {
  private static final int OK = 200;
  private static final int UNAVAILABLE = 503;

  private final Runner runner;

  Probes(Runner runner) {
    this.runner = runner;
  }

  /** How well the program is; DEGRADED still works. */
  void health(HttpExchange exchange) throws IOException, BadRequestException {
    RunnerStatus status = runner.status();
    Health health = status.health();
    int code = health.status().works() ? OK : UNAVAILABLE;
    if (Answers.wantsJson(exchange)) {
      Answers.json(exchange, code, new StatusJson(status).health());
    } else {
      Answers.text(exchange, code, StatusText.health(status));
    }
  }

  /** Whether the program can be given work. */
  void ready(HttpExchange exchange) throws IOException, BadRequestException {
    RunnerStatus status = runner.status();
    String why = status.whyNotReady();
    String degraded =
        status.ready() && status.health().status() == HealthStatus.DEGRADED
            ? status.health().toString()
            : "";
    answer(exchange, "ready", status.ready(), status.ready() ? degraded : why);
  }

  /** Whether the program goes on, or is better started anew. */
  void live(HttpExchange exchange) throws IOException, BadRequestException {
    boolean live = runner.isLive();
    answer(exchange, "live", live, live ? "" : runner.whyNotLive());
  }

  private static void answer(HttpExchange exchange, String what, boolean so, String detail)
      throws IOException, BadRequestException {
    int code = so ? OK : UNAVAILABLE;
    if (Answers.wantsJson(exchange)) {
      Answers.json(exchange, code, Json.object(what, so, "reason", detail));
    } else {
      String line = (so ? what : "not " + what) + (detail.isEmpty() ? "" : ": " + detail);
      Answers.text(exchange, code, line + "\n");
    }
  }
}
