package dev.srun.bench.start;

import dev.srun.bench.plot.Results;
import dev.srun.bench.plot.Results.Row;
import dev.srun.bench.plot.Spread;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Starts small programs, one after the other, again and again, and tells how long it took until
 * they were up: srun's beside what they would be without it, and beside those of other frameworks.
 * Takes the number of rounds and flags for their JVM.
 */
public final class ColdStartBench {
  private static final int ROUNDS = 20;
  private static final int AOT_SINCE = 25;
  private static final String UP = "up, ms";

  private final Workshop workshop;
  private final Map<Program, List<Start>> starts = new LinkedHashMap<>();

  private ColdStartBench(Workshop workshop) {
    this.workshop = workshop;
  }

  /**
   * Measures, writes a table, and leaves the figures to be drawn.
   *
   * @param args rounds, and flags for the JVM of each program
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    int rounds = args.length == 0 ? ROUNDS : Integer.parseInt(args[0]);
    List<String> flags = args.length == 0 ? List.of() : List.of(args).subList(1, args.length);
    Programs programs = new Programs(flags);
    Results results;
    try (Workshop workshop = Workshop.open()) {
      ColdStartBench bench = new ColdStartBench(workshop);
      bench.measure(programs.toStart(), rounds);
      results = Results.of(rounds, flags, bench.rows());
    }
    results.write(programs.results(), "start");
    System.out.print(results.table(UP));
  }

  private void measure(List<Program> programs, int rounds)
      throws IOException, InterruptedException {
    for (Program program : programs) {
      starts.put(program, new ArrayList<>());
      if (Runtime.version().feature() >= AOT_SINCE) {
        train(program, "AOT cache", "-XX:AOTCacheOutput=", "-XX:AOTCache=");
      } else {
        train(program, "AppCDS", "-XX:ArchiveClassesAtExit=", "-XX:SharedArchiveFile=");
      }
    }
    for (int round = 0; round <= rounds; round++) {
      for (Map.Entry<Program, List<Start>> entry : starts.entrySet()) {
        Start start = Start.of(entry.getKey(), workshop);
        if (round > 0) { // the first reads the files
          entry.getValue().add(start);
        }
      }
    }
  }

  private void train(Program program, String what, String write, String read)
      throws InterruptedException {
    Path cache = workshop.directory().resolve("cache-" + starts.size());
    try {
      Start.of(program.with(List.of(write + cache)), workshop);
    } catch (IOException failed) {
      // Then there is no cache, or none that is whole.
      System.err.println(failed.getMessage());
    }
    if (Files.exists(cache)) {
      starts.put(program.variant(what, read + cache), new ArrayList<>());
    } else {
      System.err.println("left out, for its training failed: " + program.name() + ", " + what);
    }
  }

  private List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    starts.forEach((program, all) -> rows.add(row(program, all)));
    return rows;
  }

  private static Row row(Program program, List<Start> all) {
    Map<String, Spread> figures = new LinkedHashMap<>();
    figures.put(UP, spread(all, Start::upMillis));
    if (program.serves()) {
      figures.put("RSS, MB", spread(all, Start::rssMegabytes));
      figures.put("TERM to exit, ms", spread(all, Start::exitMillis));
    }
    return new Row(program.name(), program.floor(), figures);
  }

  private static Spread spread(List<Start> all, ToDoubleFunction<Start> of) {
    return Spread.of(all.stream().mapToDouble(of).toArray());
  }
}
