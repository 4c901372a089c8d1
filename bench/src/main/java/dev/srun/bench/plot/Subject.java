package dev.srun.bench.plot;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a table of JMH's results is about: one benchmark, or several that can be compared, over one
 * parameter that is a number.
 *
 * @param file the name of its plot
 * @param title in words
 * @param prefix which benchmarks, by class and method
 * @param over the parameter
 * @param per what there are as many of as the parameter says, each score being for all of them;
 *     empty where it is not divided
 */
record Subject(String file, String title, String prefix, String over, String per) {
  static final List<Subject> ALL =
      List.of(
          new Subject(
              "start-stop",
              "Starting and stopping a program of N services",
              "StartStopBench.",
              "services",
              "service"),
          new Subject(
              "health-bus",
              "Telling N subscribers of a change of health",
              "HealthBusBench.round",
              "subscribers",
              "delivery"),
          new Subject(
              "health-bus-flood",
              "Publishing as fast as may be",
              "HealthBusBench.flood",
              "subscribers",
              ""),
          new Subject(
              "health-read",
              "Reading the health of a program of N services",
              "HealthReadBench.",
              "services",
              ""));

  private static final Map<String, String> NAMES =
      Map.ofEntries(
          Map.entry("SRUN", "srun"),
          Map.entry("BLOCKING_QUEUE", "ArrayBlockingQueue"),
          Map.entry("RELAYED_QUEUE", "ABQ, relayed"),
          Map.entry("JCTOOLS", "JCTools"),
          Map.entry("DISRUPTOR", "Disruptor"),
          Map.entry("SUBMISSION_PUBLISHER", "SubmissionPublisher"),
          Map.entry("EVENT_BUS", "AsyncEventBus"),
          Map.entry("DIRECT", "direct call"));

  boolean has(JmhRun run) {
    return run.name().startsWith(prefix) && run.params().containsKey(over);
  }

  /** Returns one for each method and each value of the other parameters, in the order of runs. */
  List<Series> series(List<JmhRun> runs) {
    List<Series> all = new ArrayList<>();
    for (JmhRun run : runs) {
      int count = Integer.parseInt(run.params().get(over));
      Spread spread = per.isEmpty() ? run.spread() : run.spread().dividedBy(count);
      series(all, nameOf(run, runs)).put(count, spread);
    }
    return all;
  }

  private static SortedMap<Integer, Spread> series(List<Series> all, String name) {
    return all.stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseGet(() -> {
          all.add(new Series(name, new TreeMap<>()));
          return all.getLast();
        })
        .points();
  }

  /** Returns what tells it from the other runs. */
  private String nameOf(JmhRun run, List<JmhRun> runs) {
    List<String> parts = new ArrayList<>();
    if (runs.stream().anyMatch(other -> !other.name().equals(run.name()))) {
      parts.add(word(run.name().substring(run.name().indexOf('.') + 1)));
    }
    run.params()
        .forEach((param, value) -> {
          boolean varies =
              runs.stream().anyMatch(other -> !value.equals(other.params().get(param)));
          if (varies && !param.equals(over)) {
            parts.add(word(value));
          }
        });
    return parts.isEmpty() ? "srun" : String.join(", ", parts);
  }

  private static String word(String name) {
    return NAMES.getOrDefault(
        name,
        name.replaceAll("([a-z])([A-Z])", "$1 $2").replace('_', ' ').toLowerCase(Locale.ROOT));
  }

  /** Returns the unit of the figures. */
  String unit(JmhRun run) {
    String unit = run.primaryMetric().scoreUnit();
    String time = unit.endsWith("/op") ? unit.substring(0, unit.length() - 3) : unit;
    return time.replace("us", "µs") + (per.isEmpty() ? "" : " per " + per);
  }
}
