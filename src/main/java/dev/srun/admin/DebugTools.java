package dev.srun.admin;

import com.sun.net.httpserver.HttpExchange;
import dev.srun.Context;
import dev.srun.http.HttpListener;
import java.io.IOException;

/** What stands behind the {@link DebugDoor}: each {@link DebugTool}, and a list of them. */
final class DebugTools implements AutoCloseable {

  /** Few, since each costs the program something; and far fewer than there are threads. */
  static final int SEATS = 4;

  private final DebugDoor door;
  private final Seats seats = new Seats(SEATS);
  private final Profiler profiler;
  private final ThreadsPage threads;
  private final HeapPages heap;
  private final LogLevelPage levels;
  private final UpgradePage upgrades;

  DebugTools(DebugDoor door, Context context, boolean heapDumps) {
    this.door = door;
    this.profiler = new Profiler(context, HttpListener::isClientGone);
    this.threads = new ThreadsPage(context.runner());
    this.heap = new HeapPages(heapDumps);
    this.levels = new LogLevelPage(context.runner(), context.logger());
    this.upgrades = new UpgradePage(context.runner());
  }

  /** Answers with the tool of that pattern, to those who may. */
  void answer(String pattern, HttpExchange exchange) throws Exception {
    door.behind(handler(pattern)).handle(exchange);
  }

  private HttpListener.Handler handler(String pattern) {
    return switch (pattern) {
      case "GET /debug/pprof/profile" -> seats.seated(profiler::profile);
      case "GET /debug/pprof/allocs" -> seats.seated(profiler::allocs);
      case "GET /debug/flamegraph" -> seats.seated(profiler::flamegraph);
      case "GET /debug/jfr" -> seats.seated(profiler::jfr);
      case "GET /debug/threads" -> seats.seated(threads::answer);
      case "GET /debug/heap/histogram" -> seats.seated(heap::histogram);
      case "GET /debug/heap/dump" -> seats.seated(heap::dump);
      case "GET /debug/cmdline" -> seats.seated(CommandLine::answer);
      case "GET /debug/log-level" -> seats.seated(levels::show);
      case "PUT /debug/log-level" -> seats.seated(levels::change);
      case "GET /debug/upgrade" -> seats.seated(upgrades::show);
      case "POST /debug/upgrade" -> seats.seated(upgrades::upgrade);
      default -> DebugTools::list;
    };
  }

  /** What there is, also for whoever asks for what is not. */
  private static void list(HttpExchange exchange) throws IOException {
    StringBuilder text = new StringBuilder();
    DebugTool.told().forEach((tool, tells) -> text.append("%-26s %s\n".formatted(tool, tells)));
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
