package dev.srun.bench.plot;

import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A line of a plot, or a row of a table.
 *
 * @param name of what was measured
 * @param points by the number that was varied
 */
record Series(String name, SortedMap<Integer, Spread> points) {

  /** Returns the numbers for which one of them has a figure. */
  static SortedSet<Integer> numbers(List<Series> all) {
    SortedSet<Integer> numbers = new TreeSet<>();
    all.forEach(series -> numbers.addAll(series.points().keySet()));
    return numbers;
  }

  boolean isSrun() {
    return name.startsWith("srun");
  }
}
