package dev.srun.admin;

import com.sun.net.httpserver.HttpExchange;
import dev.srun.Runner;
import java.io.IOException;
import java.util.List;

/** Where all threads stand now, as text or as JSON. */
final class ThreadsPage {
  private final Runner runner;

  ThreadsPage(Runner runner) {
    this.runner = runner;
  }

  void answer(HttpExchange exchange) throws IOException, BadRequestException {
    boolean json = Answers.wantsJson(exchange);
    ThreadDump dump = ThreadDump.of(runner);
    if (json) {
      Answers.json(exchange, 200, json(dump));
    } else {
      Answers.text(exchange, 200, text(dump));
    }
  }

  private static Object json(ThreadDump dump) {
    List<?> groups =
        dump.groups().entrySet().stream()
            .map(group ->
                Json.object(
                    "service",
                    group.getKey(),
                    "threads",
                    group.getValue().stream().map(ThreadsPage::json).toList()))
            .toList();
    return Json.object("groups", groups, "not_shown", dump.left());
  }

  private static Object json(ThreadDump.Seen thread) {
    return Json.object(
        "id", thread.id(),
        "name", thread.name(),
        "virtual", thread.virtual(),
        "state", thread.state(),
        "stack", thread.stack());
  }

  private static String text(ThreadDump dump) {
    StringBuilder text = new StringBuilder(64 * 1024);
    dump.groups()
        .forEach((service, threads) -> {
          text.append(service).append(": ").append(threads.size());
          text.append(threads.size() == 1 ? " thread\n\n" : " threads\n\n");
          for (ThreadDump.Seen thread : threads) {
            text.append("  \"").append(thread.name()).append("\" #").append(thread.id());
            text.append(thread.virtual() ? " virtual " : " ").append(thread.state()).append('\n');
            for (String frame : thread.stack()) {
              text.append("      ").append(frame.startsWith("-") ? "" : "at ").append(frame);
              text.append('\n');
            }
            text.append('\n');
          }
        });
    if (dump.left() > 0) {
      text.append("and ").append(dump.left()).append(" more threads\n");
    }
    return text.toString();
  }
}
