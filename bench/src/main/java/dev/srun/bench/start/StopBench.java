package dev.srun.bench.start;

import dev.srun.bench.plot.Results;
import dev.srun.bench.plot.Results.Row;
import dev.srun.bench.plot.Spread;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Stops programs by TERM, one after the other, again and again, idle and under a steady load, and
 * tells how long it took until their last service had stopped and until they had gone. Takes the
 * number of rounds and flags for their JVM.
 */
public final class StopBench {
  private static final int ROUNDS = 10;
  private static final String IDLE = ", idle";
  private static final String LOADED = ", %d requests/s".formatted(Callers.RATE);
  private static final String EXIT = "TERM to exit, ms";

  /** How a program is stopped, and how that went. */
  private record Series(Program program, String load, List<Stop> stops) {
    void add(Workshop workshop, boolean counts) throws IOException, InterruptedException {
      Stop stop =
          load.equals(LOADED) ? Stop.loaded(program, workshop) : Stop.idle(program, workshop);
      if (counts) {
        stops.add(stop);
      }
    }

    Row row() {
      Map<String, Spread> figures = new LinkedHashMap<>();
      if (stops.stream().allMatch(Stop::isTold)) {
        figures.put("TERM to last service stopped, ms", spread(Stop::stoppedMillis));
      }
      figures.put(EXIT, spread(Stop::exitMillis));
      if (load.equals(LOADED)) {
        figures.put("requests/s before", spread(Stop::rate));
        figures.put("requests unanswered", spread(Stop::unanswered));
      }
      return new Row(program.name() + load, program.floor() + load, figures);
    }

    private Spread spread(ToDoubleFunction<Stop> of) {
      return Spread.of(stops.stream().mapToDouble(of).toArray());
    }
  }

  private StopBench() {}

  /**
   * Measures, writes a table, and leaves the figures to be drawn.
   *
   * @param args rounds, and flags for the JVM of each program
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    int rounds = args.length == 0 ? ROUNDS : Integer.parseInt(args[0]);
    List<String> flags = args.length == 0 ? List.of() : List.of(args).subList(1, args.length);
    Programs programs = new Programs(flags);
    List<Series> all = new ArrayList<>();
    for (Program program : programs.toStop()) {
      all.add(new Series(program, IDLE, new ArrayList<>()));
      all.add(new Series(program, LOADED, new ArrayList<>()));
    }
    for (Program program : programs.stragglers()) {
      all.add(new Series(program, IDLE, new ArrayList<>()));
    }
    try (Workshop workshop = Workshop.open()) {
      for (int round = 0; round <= rounds; round++) {
        for (Series series : all) {
          series.add(workshop, round > 0); // the first reads the files
        }
      }
    }
    Results results = Results.of(rounds, flags, all.stream().map(Series::row).toList());
    results.write(programs.results(), "stop");
    System.out.print(results.table(EXIT));
  }
}
