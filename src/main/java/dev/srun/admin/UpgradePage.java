package dev.srun.admin;

import com.sun.net.httpserver.HttpExchange;
import dev.srun.Runner;
import dev.srun.UpgradeFigures;
import dev.srun.UpgradeOutcome;
import java.io.IOException;
import java.util.concurrent.ExecutionException;

/** Has the program upgraded, and tells what became of that. */
final class UpgradePage {
  private final Runner runner;

  UpgradePage(Runner runner) {
    this.runner = runner;
  }

  /** Answers when it is known what becomes of it; the handler's limit ends the wait. */
  void upgrade(HttpExchange exchange) throws IOException, InterruptedException {
    try {
      UpgradeOutcome outcome =
          runner.upgrade("POST " + exchange.getRequestURI().getPath()).toCompletableFuture().get();
      int code =
          switch (outcome) {
            case UpgradeOutcome.Upgraded upgraded -> 200;
            case UpgradeOutcome.Refused refused -> 409;
            case UpgradeOutcome.Failed failed -> 500;
          };
      Answers.text(exchange, code, outcome + "\n");
    } catch (ExecutionException e) {
      throw new IllegalStateException("never completed with an exception", e);
    }
  }

  /** What became of those that were asked for. */
  void show(HttpExchange exchange) throws IOException {
    UpgradeFigures figures = runner.upgradeFigures();
    String last = figures.last() == null ? "none" : figures.at() + " " + figures.last();
    Answers.text(
        exchange,
        200,
        "generation %d\nfailed %d\nrefused %d\nlast %s\n"
            .formatted(runner.status().generation(), figures.failed(), figures.refused(), last));
  }
}
