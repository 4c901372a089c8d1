package dev.srun.admin;

import com.sun.net.httpserver.HttpExchange;
import dev.srun.HealthStatus;
import dev.srun.Runner;
import dev.srun.RunnerStatus;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What an orchestrator asks again and again: answered from memory, by whatever thread, without a
 * call of user code. 200 or 503.
 */
final class Probes {
  private static final int OK = 200;
  private static final int UNAVAILABLE = 503;

  /** What a thread takes that wakes up and looks, on a machine that has other things to do. */
  private static final Duration TURN = Duration.ofMillis(50);

  private static final long LOOK_NANOS = 2_000_000;

  private final Runner runner;

  // Each made when it is first asked for, twice at worst.
  private volatile @Nullable KeptAnswer health;
  private volatile @Nullable KeptAnswer healthJson;
  private volatile @Nullable KeptAnswer readiness;
  private volatile @Nullable KeptAnswer readinessJson;

  Probes(Runner runner) {
    this.runner = runner;
  }

  private KeptAnswer health() {
    KeptAnswer its = health;
    if (its == null) {
      its = kept(status -> answer(isWell(status), StatusText.health(status)));
      health = its;
    }
    return its;
  }

  private KeptAnswer healthJson() {
    KeptAnswer its = healthJson;
    if (its == null) {
      its = kept(status -> answer(isWell(status), Json.text(new StatusJson(status).health())));
      healthJson = its;
    }
    return its;
  }

  private KeptAnswer readiness() {
    KeptAnswer its = readiness;
    if (its == null) {
      its = kept(status -> answer(status.ready(), text("ready", status.ready(), detail(status))));
      readiness = its;
    }
    return its;
  }

  private KeptAnswer readinessJson() {
    KeptAnswer its = readinessJson;
    if (its == null) {
      its =
          kept(status ->
              answer(status.ready(), Json.text(json("ready", status.ready(), detail(status)))));
      readinessJson = its;
    }
    return its;
  }

  private KeptAnswer kept(Function<RunnerStatus, KeptAnswer.Answer> maker) {
    return new KeptAnswer(runner, maker, System::nanoTime);
  }

  private static KeptAnswer.Answer answer(boolean well, String body) {
    return KeptAnswer.Answer.of(code(well), body);
  }

  private static boolean isWell(RunnerStatus status) {
    return status.health().status().works();
  }

  /** Why the program is not ready, or how well it is where that is less than it could be. */
  private static String detail(RunnerStatus status) {
    if (!status.ready()) {
      return status.whyNotReady();
    }
    return status.health().status() == HealthStatus.DEGRADED ? status.health().toString() : "";
  }

  private static int code(boolean well) {
    return well ? OK : UNAVAILABLE;
  }

  /** How well the program is; DEGRADED still works. */
  void health(HttpExchange exchange) throws IOException, BadRequestException {
    if (Answers.wantsJson(exchange)) {
      Answers.json(exchange, healthJson().now());
    } else {
      Answers.text(exchange, health().now());
    }
  }

  /** Whether the program can be given work. */
  void ready(HttpExchange exchange) throws IOException, BadRequestException {
    if (runner.isReady() && runner.health().status() == HealthStatus.HEALTHY) {
      answer(exchange, "ready", true, ""); // without a look at each service
    } else if (Answers.wantsJson(exchange)) {
      Answers.json(exchange, readinessJson().now());
    } else {
      Answers.text(exchange, readiness().now());
    }
  }

  /** Whether the program goes on, or is better started anew. */
  void live(HttpExchange exchange) throws IOException, BadRequestException {
    boolean live = runner.isLive() || isLiveAfterATurn();
    answer(exchange, "live", live, live ? "" : runner.whyNotLive());
  }

  /**
   * After a process was stopped or its machine was asleep, a probe may be answered before the
   * watchdog has looked once: it gets a turn before it is judged.
   */
  private boolean isLiveAfterATurn() {
    long end = System.nanoTime() + TURN.toNanos();
    boolean live = false;
    for (long left = TURN.toNanos(); !live && left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(this, Math.min(left, LOOK_NANOS));
      live = runner.isLive();
    }
    return live;
  }

  private static void answer(HttpExchange exchange, String what, boolean so, String detail)
      throws IOException, BadRequestException {
    int code = code(so);
    if (Answers.wantsJson(exchange)) {
      Answers.json(exchange, code, json(what, so, detail));
    } else {
      Answers.text(exchange, code, text(what, so, detail));
    }
  }

  private static Object json(String what, boolean so, String detail) {
    return Json.object(what, so, "reason", detail);
  }

  private static String text(String what, boolean so, String detail) {
    return (so ? what : "not " + what) + (detail.isEmpty() ? "" : ": " + detail) + "\n";
  }
}
