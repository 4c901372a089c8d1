package dev.srun.bench.plot;

import dev.srun.bench.BenchJar;
import dev.srun.bench.plot.Results.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Draws what the benches have left in {@code bench/target/results}, or in the directory that is
 * given, into {@code bench/plots}, and writes JMH's results as tables. Of a benchmark that was run
 * again the last run counts.
 */
public final class Plots {
  private static final List<String> CACHES = List.of("AOT cache", "AppCDS");

  private final Path results;
  private final Path plots;

  private Plots(Path results, Path plots) {
    this.results = results;
    this.plots = plots;
  }

  /**
   * Draws and writes.
   *
   * @param args where the results are, if not in the usual place
   */
  public static void main(String[] args) throws IOException {
    Path bench = BenchJar.directory();
    Path results = args.length > 0 ? Path.of(args[0]) : bench.resolve("target/results");
    Plots plots = new Plots(results, Files.createDirectories(bench.resolve("plots")));
    plots.drawJmh();
    for (Path file : plots.files("start-")) {
      plots.drawStarts(Results.read(file), number(file));
    }
    for (Path file : plots.files("stop-")) {
      plots.drawStops(Results.read(file), number(file));
    }
  }

  private List<Path> files(String prefix) throws IOException {
    try (var all = Files.list(results)) {
      return all.filter(file -> file.getFileName().toString().startsWith(prefix)).sorted().toList();
    }
  }

  /** Returns the JDK's, with which the name of the file ends. */
  private static int number(Path file) {
    return Integer.parseInt(file.getFileName().toString().replaceAll("\\D", ""));
  }

  private void drawJmh() throws IOException {
    Map<List<Object>, JmhRun> last = new LinkedHashMap<>();
    LocalDate date = LocalDate.EPOCH;
    for (Path file : files("jmh-")) {
      for (JmhRun run : JmhRun.read(file)) {
        last.put(List.of(run.benchmark(), run.params(), run.feature()), run);
      }
      var time = Files.getLastModifiedTime(file).toInstant();
      date = LocalDate.ofInstant(time, ZoneOffset.UTC);
    }
    for (Subject subject : Subject.ALL) {
      Map<Integer, List<JmhRun>> byJdk = new TreeMap<>();
      last.values().stream()
          .filter(subject::has)
          .forEach(run -> byJdk.computeIfAbsent(run.feature(), jdk -> new ArrayList<>()).add(run));
      for (var runs : byJdk.entrySet()) {
        draw(subject, runs.getKey(), runs.getValue(), date);
      }
    }
  }

  private void draw(Subject subject, int jdk, List<JmhRun> runs, LocalDate date)
      throws IOException {
    List<Series> series = subject.series(runs);
    JmhRun first = runs.getFirst();
    String source =
        "JDK %s, %s; %d iterations each".formatted(first.jdkVersion(), date, first.iterations());
    System.out.println(new JmhTable(series).text(subject, subject.unit(first), source));
    if (!subject.per().isEmpty()) {
      write(
          subject.file(),
          jdk,
          new LinePlot(series)
              .draw(
                  subject.title(),
                  subject.unit(first) + ", median and quartiles; both axes logarithmic",
                  subject.over(),
                  source));
    }
  }

  private void drawStarts(Results starts, int jdk) throws IOException {
    drawStarts(starts, jdk, "start", "");
    for (String cache : CACHES) {
      drawStarts(starts, jdk, "start-cached", ", " + cache);
    }
  }

  private void drawStarts(Results starts, int jdk, String name, String variant) throws IOException {
    List<Row> rows =
        starts.rows().stream()
            .filter(row -> variant.equals(variantOf(row)))
            .map(row ->
                new Row(without(variant, row.name()), without(variant, row.floor()), row.figures()))
            .toList();
    if (!rows.isEmpty()) {
      write(
          name,
          jdk,
          new BarPlot(rows, "up, ms", "")
              .draw(
                  "From exec to the first 200 of the probe" + variant.replace(", ", ", with "),
                  "or to the exit of a main; median, least and most; | is the floor of the program",
                  source(starts)));
    }
  }

  private static String variantOf(Row row) {
    return CACHES.stream()
        .map(cache -> ", " + cache)
        .filter(row.name()::endsWith)
        .findFirst()
        .orElse("");
  }

  private static String without(String end, String name) {
    return name.endsWith(end) ? name.substring(0, name.length() - end.length()) : name;
  }

  private void drawStops(Results stops, int jdk) throws IOException {
    write(
        "stop",
        jdk,
        new BarPlot(stops.rows(), "TERM to exit, ms", "TERM to last service stopped, ms")
            .draw(
                "From TERM to the exit",
                "median, least and most; solid until the last service had stopped; | is the floor",
                source(stops)));
  }

  private static String source(Results results) {
    return "JDK %s, %s; %s".formatted(results.jdk(), results.date(), results.conditions());
  }

  private void write(String name, int jdk, String svg) throws IOException {
    Path file = plots.resolve("%s-%d.svg".formatted(name, jdk));
    Files.writeString(file, svg);
    System.err.println(file);
  }
}
