package dev.srun.admin;

import com.sun.net.httpserver.HttpExchange;
import dev.srun.Context;
import dev.srun.DebugAccess;
import dev.srun.Runner;
import dev.srun.Service;
import dev.srun.http.HttpListener;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Answers for a program over HTTP: {@code /health}, {@code /ready} and {@code /livez} for an
 * orchestrator, {@code /metrics}, {@code /services}, and {@code /debug/**} for whoever has to find
 * out what it does. Registered by the runner unless that was {@linkplain
 * dev.srun.Config#withoutAdmin left out}: before every other service, so that probes are answered
 * during a slow start, and stopped after every other.
 *
 * <p>Requests are answered on platform threads, so also while the program's code keeps every
 * processor of the virtual threads busy. They do not count as work in flight.
 */
public final class AdminServer implements Service {

  /**
   * What there is to decide.
   *
   * @param address where to listen
   * @param required whether the start fails if the address cannot be bound; else the program runs
   *     without its admin server and says so
   * @param debug who may use the debug tools
   * @param heapDumps whether those may dump the heap
   */
  public record Options(
      InetSocketAddress address, boolean required, DebugAccess debug, boolean heapDumps) {}

  /** A request occupies one for a moment, a profile for its time. */
  static final int THREADS = 8;

  /** How long the head of a request may take to come. */
  private static final Duration HEAD = Duration.ofSeconds(5);

  /** How long an answer from memory may take to be sent, to a client that does not read it. */
  private static final Duration PAGE = Duration.ofSeconds(10);

  /** How long a look at the whole JVM may take. */
  private static final Duration TOOL = Duration.ofMinutes(1);

  /** How long what takes its time may take: the longest profile, and as long to send it. */
  private static final Duration LONG = Duration.ofMinutes(10);

  /** How long a stop waits for answers that are under way. */
  private static final Duration LAST_ANSWERS = Duration.ofMillis(500);

  private final Options options;
  private final Map<String, String> tools = new TreeMap<>();
  private final DebugDoor door;
  private volatile @Nullable HttpListener http;

  /**
   * Makes one.
   *
   * @param options what there is to decide
   */
  public AdminServer(Options options) {
    this.options = options;
    this.door = new DebugDoor(options.debug());
  }

  @Override
  public void init(Context ctx) throws IOException {
    door.check();
    HttpListener bound;
    try {
      bound = ctx.http("admin", options.address());
    } catch (IOException e) {
      if (options.required()) {
        throw e;
      }
      ctx.logger()
          .log(Level.WARNING, e.getMessage() + "; going on without (see SRUN_ADMIN_ADDRESS)");
      return;
    }
    bound.onPlatformThreads(THREADS).uncounted().readWithin(HEAD);
    bound.header("Cache-Control", "no-store").header("X-Content-Type-Options", "nosniff");
    answerProbes(bound, ctx.runner());
    offerTools(bound, ctx);
    http = bound;
  }

  private static void answerProbes(HttpListener http, Runner runner) {
    Probes probes = new Probes(runner);
    RunnerMetrics metrics = new RunnerMetrics(runner);
    answer(http, "GET /health", PAGE, probes::health);
    answer(http, "GET /ready", PAGE, probes::ready);
    answer(http, "GET /livez", PAGE, probes::live);
    answer(http, "GET /metrics", PAGE, metrics::answer);
    answer(http, "GET /services", PAGE, exchange -> services(exchange, runner));
  }

  private static void services(HttpExchange exchange, Runner runner) throws IOException {
    Answers.json(exchange, 200, StatusJson.services(runner.status()));
  }

  private void offerTools(HttpListener http, Context ctx) {
    Profiler profiler = ctx.own(new Profiler(ctx, HttpListener::isClientGone));
    ThreadsPage threads = new ThreadsPage(ctx.runner());
    HeapPages heap = new HeapPages(options.heapDumps());
    LogLevelPage levels = new LogLevelPage(ctx.runner(), ctx.logger());
    offer(http, "GET /debug/pprof/profile", LONG, "CPU, for pprof; ?seconds=30", profiler::profile);
    offer(http, "GET /debug/pprof/allocs", LONG, "allocations, for pprof", profiler::allocs);
    offer(http, "GET /debug/flamegraph", LONG, "?seconds=10&event=cpu", profiler::flamegraph);
    offer(http, "GET /debug/jfr", LONG, "a recording for JDK Mission Control", profiler::jfr);
    offer(http, "GET /debug/threads", TOOL, "all by service; ?format=json", threads::answer);
    offer(http, "GET /debug/heap/histogram", TOOL, "by class; ?live=true", heap::histogram);
    offer(http, "GET /debug/heap/dump", LONG, "all live objects, if allowed", heap::dump);
    offer(http, "GET /debug/cmdline", PAGE, "secrets are masked", CommandLine::answer);
    offer(http, "GET /debug/log-level", PAGE, "how much is logged", levels::show);
    offer(http, "PUT /debug/log-level", PAGE, "?level=debug&logger=wallet.ledger", levels::change);
    answer(http, "GET /debug/", PAGE, door.behind(this::list));
    answer(http, "GET /debug/*", PAGE, door.behind(this::list));
  }

  private void offer(
      HttpListener http, String pattern, Duration limit, String tells, HttpListener.Handler tool) {
    tools.put(pattern, tells);
    answer(http, pattern, limit, door.behind(tool));
  }

  /** Also answers for what was wrong with a request. */
  private static void answer(
      HttpListener http, String pattern, Duration limit, HttpListener.Handler handler) {
    http.handle(
        pattern,
        limit,
        exchange -> {
          try {
            handler.handle(exchange);
          } catch (BadRequestException e) {
            Answers.text(exchange, 400, e.getMessage() + "\n");
          }
        });
  }

  /** What there is, also for whoever asks for what is not. */
  private void list(HttpExchange exchange) throws IOException {
    StringBuilder text = new StringBuilder();
    tools.forEach((tool, tells) -> text.append("%-32s %s\n".formatted(tool, tells)));
    boolean asked = exchange.getRequestURI().getPath().equals("/debug/");
    Answers.text(
        exchange, asked ? 200 : 404, asked ? text.toString() : "not found; there is\n" + text);
  }

  @Override
  public void run(Context ctx) {
    HttpListener bound = http;
    if (bound != null) {
      bound.open();
    }
  }

  @Override
  public void stop(Context ctx) throws InterruptedException {
    HttpListener bound = http;
    if (bound != null) {
      Duration left = ctx.remaining();
      bound.drain(left.compareTo(LAST_ANSWERS) < 0 ? left : LAST_ANSWERS);
    }
  }
}
