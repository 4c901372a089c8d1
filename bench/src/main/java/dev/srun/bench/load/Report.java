package dev.srun.bench.load;

import dev.srun.bench.load.Generations.Replacement;
import dev.srun.bench.load.Timeline.Failed;
import dev.srun.bench.load.Timeline.Phase;
import dev.srun.bench.load.Timeline.Window;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What was measured, as Markdown. */
final class Report {
  private static final int FAILURES = 20;
  private static final int LOG_LINES = 40;
  private static final List<String> PERCENTILES = List.of("p50", "p99", "p99.9", "max");

  private final StringBuilder text = new StringBuilder();

  void line(String line) {
    text.append(line).append('\n');
  }

  /**
   * How every request ended, by what went on and by connection; and how late the load itself was,
   * which is in the other figures, too.
   */
  void requests(Timeline timeline) {
    header(
        Stream.of(
                Stream.of("when", "connections", "requests", "failed"),
                millis(),
                Stream.of("load late p99 ms"))
            .flatMap(each -> each));
    for (Phase phase : Phase.values()) {
      for (Kind kind : Kind.values()) {
        Figures figures = timeline.figures(phase, kind);
        if (figures.all() > 0) {
          row(
              Stream.of(
                      Stream.of(phase, kind, number(figures.all()), failed(figures)),
                      latency(figures),
                      Stream.of("%.2f".formatted(timeline.late(phase, 99))))
                  .flatMap(each -> each));
        }
      }
    }
    line("");
  }

  /**
   * Each replacement, and the requests that were under way from its signal to the old one's exit.
   */
  void replacements(List<Replacement> all, Timeline timeline) {
    header(
        Stream.concat(
            Stream.of("", "signal to serving ms", "signal to exit ms", "requests during", "failed"),
            millis()));
    for (int i = 0; i < all.size(); i++) {
      Figures during = new Figures();
      for (Window window : timeline.windows()) {
        if (window.phase() == Phase.DURING && window.upgrade() == i + 1) {
          Arrays.stream(Kind.values()).forEach(kind -> during.add(window.figures(kind)));
        }
      }
      Replacement each = all.get(i);
      row(
          Stream.concat(
              Stream.of(
                  i + 1,
                  each.toServing().toMillis(),
                  each.toExit().toMillis(),
                  number(during.all()),
                  failed(during)),
              latency(during)));
    }
    line("");
    line("Signal to serving: " + spread(all.stream().map(Replacement::toServing)));
    line("Signal to exit: " + spread(all.stream().map(Replacement::toExit)));
    line("");
  }

  /** What each generation took, just before it was replaced, or in the end. */
  void generations(List<Generation> all) {
    header(
        Stream.of(
            "",
            "generation",
            "pid",
            "RSS MB",
            "fds",
            "threads",
            "zombies",
            "processes",
            "temporary files"));
    for (int i = 0; i < all.size(); i++) {
      ProcessFacts facts = all.get(i).facts();
      row(
          Stream.of(
              i + 1,
              all.get(i).told(),
              facts.pid(),
              facts.residentMegabytes(),
              facts.files(),
              facts.threads(),
              facts.zombies(),
              all.get(i).processes(),
              all.get(i).leftovers().size()));
    }
    line("");
    if (!all.isEmpty()) {
      line(
          "Temporary files in the end: "
              + all.getLast().leftovers().stream()
                  .map(Path::toString)
                  .collect(Collectors.joining(", ")));
      line("");
    }
  }

  /**
   * What was found of a generation.
   *
   * @param told which generation it says that it is
   * @param processes how many processes of the wallet there were
   * @param leftovers what lay in the directory for temporary files
   */
  record Generation(ProcessFacts facts, String told, int processes, List<Path> leftovers) {}

  /** The last lines of a log. */
  void log(String log) {
    List<String> lines = log.lines().toList();
    lines
        .subList(Math.max(0, lines.size() - LOG_LINES), lines.size())
        .forEach(each -> line("    " + each));
    line("");
  }

  /** The first failures, with what they are known by. */
  void failures(Timeline timeline) {
    if (timeline.failures().isEmpty()) {
      return;
    }
    header(Stream.of("s", "when", "connection", "outcome", "evidence"));
    timeline.failures().stream().limit(FAILURES).forEach(each -> row(cells(each)));
    line("");
    line(
        "The first %d. By what they are known by, the first %,d:"
            .formatted(FAILURES, Timeline.MOST_FAILURES));
    line("");
    timeline.failures().stream()
        .collect(
            Collectors.groupingBy(
                each -> each.ending().outcome() + ": " + each.ending().evidence(),
                Collectors.counting()))
        .forEach((what, count) -> line("- " + number(count) + " " + what));
    line("");
  }

  private static Stream<Object> cells(Failed failed) {
    return Stream.of(
        "%.3f".formatted(failed.seconds()),
        failed.window(),
        failed.kind(),
        failed.ending().outcome(),
        failed.ending().evidence());
  }

  private static Stream<String> millis() {
    return PERCENTILES.stream().map(name -> name + " ms");
  }

  private static Stream<String> latency(Figures figures) {
    return Stream.of(
            figures.percentile(50), figures.percentile(99), figures.percentile(99.9), figures.max())
        .map("%.2f"::formatted);
  }

  private static String failed(Figures figures) {
    if (figures.failed() == 0) {
      return "0";
    }
    List<String> parts = new ArrayList<>();
    for (Outcome outcome : Outcome.values()) {
      if (outcome != Outcome.OK && figures.count(outcome) > 0) {
        parts.add(number(figures.count(outcome)) + " " + outcome);
      }
    }
    return String.join(", ", parts);
  }

  private static String number(long number) {
    return "%,d".formatted(number);
  }

  private static String spread(Stream<Duration> durations) {
    long[] sorted = durations.mapToLong(Duration::toMillis).sorted().toArray();
    return sorted.length == 0
        ? ""
        : "median %d ms (%d–%d)"
            .formatted(sorted[sorted.length / 2], sorted[0], sorted[sorted.length - 1]);
  }

  private void header(Stream<String> names) {
    List<String> all = names.toList();
    row(all.stream());
    row(all.stream().map(name -> "---"));
  }

  private void row(Stream<?> cells) {
    line(cells.map(String::valueOf).collect(Collectors.joining(" | ", "| ", " |")));
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
