package dev.srun.bench.plot;

import java.util.List;
import java.util.SortedSet;

/** Results of JMH as a table of Markdown: a row for each series, a column for each number. */
record JmhTable(List<Series> all) {

  String text(Subject subject, String unit, String source) {
    SortedSet<Integer> numbers = Series.numbers(all);
    StringBuilder text = new StringBuilder();
    text.append("%s: %s, median and quartiles. %s%n%n".formatted(subject.title(), unit, source));
    text.append("| ");
    numbers.forEach(number -> text.append("| N = %,d ".formatted(number)));
    text.append("|\n").append("|---".repeat(numbers.size() + 1)).append("|\n");
    for (Series series : all) {
      text.append("| ").append(series.name()).append(" | ");
      for (int number : numbers) {
        Spread spread = series.points().get(number);
        text.append(spread == null ? "" : spread.withQuartiles()).append(" | ");
      }
      text.setLength(text.length() - 1);
      text.append('\n');
    }
    return text.toString();
  }
}
