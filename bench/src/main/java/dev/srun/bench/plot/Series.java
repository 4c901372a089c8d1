package dev.srun.bench.plot;

import java.util.SortedMap;

/**
 * A line of a plot, or a row of a table.
 *
 * @param name of what was measured
 * @param points by the number that was varied
 */
record Series(String name, SortedMap<Integer, Spread> points) {

  boolean isSrun() {
    return name.startsWith("srun");
  }
}
