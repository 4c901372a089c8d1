package dev.srun.admin;

import com.sun.net.httpserver.HttpExchange;
import dev.srun.Context;
import dev.srun.http.HttpListener;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/** What stands behind the {@link DebugDoor}: each tool under its path, and a list of them. */
final class DebugTools implements AutoCloseable {

  /** Few, since each costs the program something; and far fewer than there are threads. */
  static final int SEATS = 4;

  /** How long an answer from memory may take. */
  private static final Duration SHORT = Duration.ofSeconds(10);

  /** How long a look at the whole JVM may take. */
  private static final Duration LOOK = Duration.ofMinutes(1);

  /** How long what takes its time may take: the longest profile, and as long to send it. */
  private static final Duration LONG = Duration.ofMinutes(10);

  private final DebugDoor door;
  private final Seats seats = new Seats(SEATS);
  private final Profiler profiler;
  private final ThreadsPage threads;
  private final HeapPages heap;
  private final LogLevelPage levels;
  private final UpgradePage upgrades;
  private final Map<String, String> told = new TreeMap<>();

  DebugTools(DebugDoor door, Context context, boolean heapDumps) {
    this.door = door;
    this.profiler = new Profiler(context, HttpListener::isClientGone);
    this.threads = new ThreadsPage(context.runner());
    this.heap = new HeapPages(heapDumps);
    this.levels = new LogLevelPage(context.runner(), context.logger());
    this.upgrades = new UpgradePage(context.runner());
  }

  void offerOn(HttpListener http) {
    offer(http, "GET /debug/pprof/profile", LONG, "CPU, for pprof; ?seconds=30", profiler::profile);
    offer(http, "GET /debug/pprof/allocs", LONG, "allocations, for pprof", profiler::allocs);
    offer(http, "GET /debug/flamegraph", LONG, "?seconds=10&event=cpu", profiler::flamegraph);
    offer(http, "GET /debug/jfr", LONG, "a recording for JDK Mission Control", profiler::jfr);
    offer(http, "GET /debug/threads", LOOK, "all by service; ?format=json", threads::answer);
    offer(http, "GET /debug/heap/histogram", LOOK, "by class; ?live=true", heap::histogram);
    offer(http, "GET /debug/heap/dump", LONG, "all live objects, if allowed", heap::dump);
    offer(http, "GET /debug/cmdline", SHORT, "secrets are masked", CommandLine::answer);
    offer(http, "GET /debug/log-level", SHORT, "how much is logged", levels::show);
    offer(http, "PUT /debug/log-level", SHORT, "?level=debug&logger=wallet.ledger", levels::change);
    offer(http, "GET /debug/upgrade", SHORT, "what became of the last one", upgrades::show);
    offer(http, "POST /debug/upgrade", LONG, "as SIGHUP does", upgrades::upgrade);
    Answers.answer(http, "GET /debug/", SHORT, door.behind(this::list));
    Answers.answer(http, "GET /debug/*", SHORT, door.behind(this::list));
  }

  /** What there is, by method and path, once it is offered. */
  Map<String, String> told() {
    return Collections.unmodifiableMap(told);
  }

  private void offer(
      HttpListener http, String pattern, Duration limit, String tells, HttpListener.Handler tool) {
    told.put(pattern, tells);
    Answers.answer(http, pattern, limit, door.behind(seats.seated(tool)));
  }

  /** What there is, also for whoever asks for what is not. */
  private void list(HttpExchange exchange) throws IOException {
    StringBuilder text = new StringBuilder();
    told.forEach((tool, tells) -> text.append("%-26s %s\n".formatted(tool, tells)));
    if (exchange.getRequestURI().getPath().equals("/debug/")) {
      Answers.text(exchange, 200, text.toString());
    } else {
      Answers.text(exchange, 404, "not found; there is\n" + text);
    }
  }

  /** Ends a profile that is being made. */
  @Override
  public void close() {
    profiler.close();
  }
}
