package dev.srun.bench.plot;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a bench found out that starts programs, as it is kept in a file.
 *
 * @param conditions under which, in words
 * @param jdk the version of the JDK that ran the programs
 * @param date the day, in UTC
 * @param rows one for each program
 */
public record Results(String conditions, String jdk, String date, List<Row> rows) {

  /**
   * A program's.
   *
   * @param floor the name of the row that it is compared with
   * @param figures by name, which has the unit in it
   */
  public record Row(String name, String floor, Map<String, Spread> figures) {
    /** Keeps the figures in their order. */
    public Row {
      figures = new LinkedHashMap<>(figures);
    }

    boolean isFloor() {
      return name.equals(floor);
    }
  }

  /** Results of so many rounds today, by this JDK with these flags, on this machine. */
  public static Results of(int rounds, List<String> flags, List<Row> rows) {
    return new Results(
        "%d processors, medians of %d (least, most)%s"
            .formatted(
                Runtime.getRuntime().availableProcessors(),
                rounds,
                flags.isEmpty() ? "" : ", " + String.join(" ", flags)),
        Runtime.version().toString(),
        LocalDate.now(ZoneOffset.UTC).toString(),
        rows);
  }

  static Results read(Path file) throws IOException {
    try (Reader in = Files.newBufferedReader(file)) {
      return new Gson().fromJson(in, Results.class);
    }
  }

  /** Writes them into a directory, which is made, to be drawn. */
  public void write(Path directory, String name) throws IOException {
    Files.createDirectories(directory);
    Path file = directory.resolve("%s-%d.json".formatted(name, Runtime.version().feature()));
    Files.writeString(file, new GsonBuilder().setPrettyPrinting().create().toJson(this) + "\n");
  }

  /** Returns them as a table of Markdown, in which each program is compared with its floor. */
  public String table(String compared) {
    StringBuilder text = new StringBuilder();
    text.append("JDK %s, %s, %s%n%n".formatted(jdk, conditions, date));
    List<String> columns =
        rows.stream().flatMap(row -> row.figures().keySet().stream()).distinct().toList();
    text.append("| program | %s | to the floor | floor |%n".formatted(String.join(" | ", columns)));
    text.append("|---".repeat(columns.size() + 3)).append("|\n");
    for (Row row : rows) {
      text.append("| ").append(row.name()).append(" | ");
      for (String column : columns) {
        Spread spread = row.figures().get(column);
        text.append(spread == null ? "" : spread.withExtremes()).append(" | ");
      }
      text.append(toFloor(row, compared)).append(" |\n");
    }
    return text.toString();
  }

  private String toFloor(Row row, String compared) {
    if (row.isFloor()) {
      return " | ";
    }
    double own = row.figures().get(compared).median();
    return rows.stream()
        .filter(other -> other.name().equals(row.floor()))
        .mapToDouble(floor -> floor.figures().get(compared).median())
        .mapToObj(floor -> "%.2fx, %+.0f ms | %s".formatted(own / floor, own - floor, row.floor()))
        .findFirst()
        .orElse(" | ");
  }
}
