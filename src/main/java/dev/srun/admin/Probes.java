package dev.srun.admin;

import com.sun.net.httpserver.HttpExchange;
import dev.srun.HealthStatus;
import dev.srun.Runner;
import dev.srun.RunnerStatus;
import java.io.IOException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What an orchestrator asks again and again: answered from memory, by whatever thread, without a
 * call of user code. 200 or 503.
 */
final class Probes {
  private static final int OK = 200;
  private static final int UNAVAILABLE = 503;

  private final Runner runner;
  private volatile @Nullable KeptAnswer text; // made when first asked for, twice at worst
  private volatile @Nullable KeptAnswer json;

  Probes(Runner runner) {
    this.runner = runner;
  }

  private KeptAnswer text() {
    KeptAnswer its = text;
    if (its == null) {
      its = kept(StatusText::health);
      text = its;
    }
    return its;
  }

  private KeptAnswer json() {
    KeptAnswer its = json;
    if (its == null) {
      its = kept(status -> Json.text(new StatusJson(status).health()));
      json = its;
    }
    return its;
  }

  private KeptAnswer kept(Function<RunnerStatus, String> body) {
    return new KeptAnswer(
        runner,
        status -> KeptAnswer.Answer.of(code(status.health().status().works()), body.apply(status)),
        System::nanoTime);
  }

  private static int code(boolean well) {
    return well ? OK : UNAVAILABLE;
  }

  /** How well the program is; DEGRADED still works. */
  void health(HttpExchange exchange) throws IOException, BadRequestException {
    if (Answers.wantsJson(exchange)) {
      Answers.json(exchange, json().now());
    } else {
      Answers.text(exchange, text().now());
    }
  }

  /** Whether the program can be given work. */
  void ready(HttpExchange exchange) throws IOException, BadRequestException {
    if (runner.isReady() && runner.health().status() == HealthStatus.HEALTHY) {
      answer(exchange, "ready", true, "");
      return; // without a look at each service
    }
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
    int code = code(so);
    if (Answers.wantsJson(exchange)) {
      Answers.json(exchange, code, Json.object(what, so, "reason", detail));
    } else {
      String line = (so ? what : "not " + what) + (detail.isEmpty() ? "" : ": " + detail);
      Answers.text(exchange, code, line + "\n");
    }
  }
}
