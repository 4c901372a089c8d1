package dev.srun.admin;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One of the debug tools, as the front desk knows it.
 *
 * @param pattern the method and path that it is found at
 * @param limit how long it may take
 * @param tells what it is for; empty for the list of them
 */
record DebugTool(String pattern, Duration limit, String tells) {

  /** How long an answer from memory may take. */
  private static final Duration SHORT = Duration.ofSeconds(10);

  /** How long a look at the whole JVM may take. */
  private static final Duration LOOK = Duration.ofMinutes(1);

  /** How long what takes its time may take: the longest profile, and as long to send it. */
  private static final Duration LONG = Duration.ofMinutes(10);

  static final List<DebugTool> ALL =
      List.of(
          new DebugTool("GET /debug/pprof/profile", LONG, "CPU, for pprof; ?seconds=30"),
          new DebugTool("GET /debug/pprof/allocs", LONG, "allocations, for pprof"),
          new DebugTool("GET /debug/flamegraph", LONG, "?seconds=10&event=cpu"),
          new DebugTool("GET /debug/jfr", LONG, "a recording for JDK Mission Control"),
          new DebugTool("GET /debug/threads", LOOK, "all by service; ?format=json"),
          new DebugTool("GET /debug/heap/histogram", LOOK, "by class; ?live=true"),
          new DebugTool("GET /debug/heap/dump", LONG, "all live objects, if allowed"),
          new DebugTool("GET /debug/cmdline", SHORT, "secrets are masked"),
          new DebugTool("GET /debug/log-level", SHORT, "how much is logged"),
          new DebugTool("PUT /debug/log-level", SHORT, "?level=debug&logger=wallet.ledger"),
          new DebugTool("GET /debug/upgrade", SHORT, "what became of the last one"),
          new DebugTool("POST /debug/upgrade", LONG, "as SIGHUP does"),
          new DebugTool("GET /debug/", SHORT, ""),
          new DebugTool("GET /debug/*", SHORT, ""));

  /** What there is, by method and path. */
  static Map<String, String> told() {
    Map<String, String> told = new TreeMap<>();
    for (DebugTool tool : ALL) {
      if (!tool.tells.isEmpty()) {
        told.put(tool.pattern, tool.tells);
      }
    }
    return told;
  }
}
