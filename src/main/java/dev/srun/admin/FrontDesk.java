package dev.srun.admin;

import com.sun.net.httpserver.HttpExchange;
import dev.srun.Context;
import dev.srun.Runner;
import dev.srun.http.HttpListener;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Leads each request to what answers it. All paths share one class of handlers, and the page and
 * the tools are made when somebody first asks for them: a start, which waits for none of it, loads
 * none of it.
 */
final class FrontDesk implements AutoCloseable {

  /** How long an answer from memory may take to be sent, to a client that does not read it. */
  private static final Duration ANSWER = Duration.ofSeconds(10);

  private static final List<String> FROM_MEMORY =
      List.of(
          "GET /ready",
          "GET /health",
          "GET /livez",
          "GET /metrics",
          "GET /services",
          "GET /",
          "GET /timeline.svg");

  private final Context context;
  private final Runner runner;
  private final AdminServer.Options options;
  private final AdminServer.Metrics metrics;
  private final Probes probes;
  private final AtomicReference<@Nullable DebugTools> tools = new AtomicReference<>();
  private final AtomicReference<@Nullable WebPage> page = new AtomicReference<>();
  private volatile boolean closed;

  FrontDesk(Context context, AdminServer.Options options, AdminServer.Metrics metrics) {
    this.context = context;
    this.runner = context.runner();
    this.options = options;
    this.metrics = metrics;
    this.probes = new Probes(runner);
  }

  void offerOn(HttpListener http) {
    for (String pattern : FROM_MEMORY) {
      http.handle(pattern, ANSWER, new Visit(pattern));
    }
    http.handle("GET /events", new Visit("GET /events"));
    for (DebugTool tool : DebugTool.ALL) {
      http.handle(tool.pattern(), tool.limit(), new Visit(tool.pattern()));
    }
  }

  /** Answers what comes under one pattern, also what cannot be meant. */
  private final class Visit implements HttpListener.Handler {
    private final String pattern;

    Visit(String pattern) {
      this.pattern = pattern;
    }

    @Override
    public void handle(HttpExchange exchange) throws Exception {
      try {
        answer(pattern, exchange);
      } catch (BadRequestException e) {
        Answers.text(exchange, 400, e.getMessage() + "\n");
      }
    }
  }

  private void answer(String pattern, HttpExchange exchange) throws Exception {
    switch (pattern) {
      case "GET /ready" -> probes.ready(exchange);
      case "GET /health" -> probes.health(exchange);
      case "GET /livez" -> probes.live(exchange);
      case "GET /metrics" -> new MetricsDoor(metrics, new RunnerMetrics(runner)).answer(exchange);
      case "GET /services" -> services(exchange);
      case "GET /" -> page().answer(exchange);
      case "GET /timeline.svg" -> page().timeline(exchange);
      case "GET /events" -> page().updates(exchange);
      default -> tools().answer(pattern, exchange);
    }
  }

  private void services(HttpExchange exchange) throws IOException {
    Answers.json(exchange, 200, new StatusJson(runner.status()).services());
  }

  private WebPage page() {
    WebPage known = page.get();
    if (known != null) {
      return known;
    }
    WebPage made = new WebPage(runner);
    WebPage other = page.compareAndExchange(null, made);
    if (other != null) {
      return other;
    }
    if (closed) {
      made.close();
    }
    return made;
  }

  private DebugTools tools() {
    DebugTools known = tools.get();
    if (known != null) {
      return known;
    }
    DebugTools made = new DebugTools(new DebugDoor(options.debug()), context, options.heapDumps());
    DebugTools other = tools.compareAndExchange(null, made);
    if (other != null) {
      return other;
    }
    if (closed) {
      made.close();
    }
    return made;
  }

  /** Ends what answers for long: the updates of the page, and a profile. */
  @Override
  public void close() {
    closed = true; // before looking: what is made after that is closed by who makes it
    WebPage itsPage = page.get();
    if (itsPage != null) {
      itsPage.close();
    }
    DebugTools itsTools = tools.get();
    if (itsTools != null) {
      itsTools.close();
    }
  }
}
