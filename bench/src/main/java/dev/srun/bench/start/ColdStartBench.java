package dev.srun.bench.start;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Starts small programs, one after the other, again and again, and tells how long it took until
 * they were up: srun's beside what they would be without it, and beside those of {@code peers/}
 * that were built. Takes the number of rounds and flags for their JVM.
 */
public final class ColdStartBench {
  private static final int ROUNDS = 20;
  private static final int AOT_SINCE = 25;

  private final String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
  private final int rounds;
  private final Map<Program, List<Start>> starts = new LinkedHashMap<>();

  private ColdStartBench(int rounds) {
    this.rounds = rounds;
  }

  /**
   * Measures and writes a table.
   *
   * @param args rounds, and flags for the JVM of each program
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    int rounds = args.length == 0 ? ROUNDS : Integer.parseInt(args[0]);
    List<String> flags = args.length == 0 ? List.of() : List.of(args).subList(1, args.length);
    List<Program> programs = programs(flags);
    Path caches = Files.createTempDirectory("srun-cold-start");
    ColdStartBench bench = new ColdStartBench(rounds);
    try {
      bench.measure(programs, caches);
    } finally {
      try (var files = Files.list(caches)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(caches);
    }
    System.out.print(bench.table());
  }

  private static List<Program> programs(List<String> flags) throws IOException {
    String classPath = System.getProperty("java.class.path");
    Path jar = Path.of(classPath.split(File.pathSeparator, -1)[0]).toAbsolutePath().normalize();
    List<Program> programs = new ArrayList<>(Program.own(jar, flags));
    for (Path peer : Program.jars(jar.getParent().resolveSibling("peers"))) {
      if (Files.exists(peer)) {
        programs.add(Program.peer(peer, flags));
      } else {
        System.err.println("left out, for it was not built: " + peer);
      }
    }
    return programs;
  }

  private void measure(List<Program> programs, Path caches)
      throws IOException, InterruptedException {
    for (Program program : programs) {
      starts.put(program, new ArrayList<>());
      if (Runtime.version().feature() >= AOT_SINCE) {
        Path cache = caches.resolve(program.main() + ".aot");
        if (train(program, cache)) {
          starts.put(program.with("AOT cache", "-XX:AOTCache=" + cache), new ArrayList<>());
        } else {
          System.err.println(
              "left out, for its training failed: " + program.name() + ", AOT cache");
        }
      }
    }
    for (int round = 0; round <= rounds; round++) {
      for (Map.Entry<Program, List<Start>> entry : starts.entrySet()) {
        Start start = Start.of(entry.getKey(), java);
        if (round > 0) { // the first reads the files
          entry.getValue().add(start);
        }
      }
    }
  }

  private boolean train(Program program, Path cache) throws InterruptedException {
    try {
      Start.of(program.with("training", "-XX:AOTCacheOutput=" + cache), java);
      return Files.exists(cache);
    } catch (IOException failed) {
      return false;
    }
  }

  private String table() {
    StringBuilder text = new StringBuilder();
    text.append(
        "JDK %s, %d processors, %s, medians of %d (least, most)%n%n"
            .formatted(
                Runtime.version(),
                Runtime.getRuntime().availableProcessors(),
                LocalDate.now(ZoneOffset.UTC),
                rounds));
    text.append("| program | up, ms | to the floor | RSS, MB | TERM to exit, ms |\n");
    text.append("|---|---|---|---|---|\n");
    starts.forEach((program, all) -> row(text, program, all));
    return text.toString();
  }

  private void row(StringBuilder text, Program program, List<Start> all) {
    double up = median(all, ColdStartBench::upMillis);
    double floor =
        starts.entrySet().stream()
            .filter(entry -> entry.getKey().name().equals(program.floor()))
            .mapToDouble(entry -> median(entry.getValue(), ColdStartBench::upMillis))
            .findFirst()
            .orElseThrow();
    String rest =
        program.serves()
            ? "%.0f | %s"
                .formatted(
                    median(all, start -> start.rssKb() / 1024.0),
                    spread(all, start -> millis(start.exit())))
            : " | ";
    text.append(
        String.format(
            Locale.ROOT,
            "| %s | %s | %.2fx, %+.0f ms | %s |%n",
            program.name(),
            spread(all, ColdStartBench::upMillis),
            up / floor,
            up - floor,
            rest));
  }

  private static double upMillis(Start start) {
    return millis(start.up());
  }

  private static double millis(Duration time) {
    return time.toNanos() / 1e6;
  }

  private static double median(List<Start> all, ToDoubleFunction<Start> of) {
    double[] sorted = all.stream().mapToDouble(of).sorted().toArray();
    return (sorted[sorted.length / 2] + sorted[(sorted.length - 1) / 2]) / 2;
  }

  private static String spread(List<Start> all, ToDoubleFunction<Start> of) {
    double[] sorted = all.stream().mapToDouble(of).sorted().toArray();
    return String.format(
        Locale.ROOT, "%.0f (%.0f, %.0f)", median(all, of), sorted[0], sorted[sorted.length - 1]);
  }
}
