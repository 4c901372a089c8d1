package dev.srun.admin;

import com.sun.net.httpserver.HttpExchange;
import dev.srun.admin.AdminServer.MetricsPage;
import java.io.IOException;
import java.util.Optional;

/** Answers {@code /metrics}, compressed for who takes that. */
final class MetricsDoor {
  private final AdminServer.Metrics metrics;
  private final RunnerMetrics own;

  MetricsDoor(AdminServer.Metrics metrics, RunnerMetrics own) {
    this.metrics = metrics;
    this.own = own;
  }

  void answer(HttpExchange exchange) throws IOException {
    Optional<MetricsPage> page = metrics.page(Answers.header(exchange, "Accept"));
    MetricsPage answer = page.isPresent() ? page.get() : own.page();
    Answers.compressed(exchange, answer.contentType(), answer.text());
  }
}
