package dev.srun.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The tests that {@code COMPARISON.md} names. */
class ComparisonTest {
  private static final Pattern NAMED = Pattern.compile("`(\\w+Test)\\.(\\w+)`");

  private static String sourceOf(String test) {
    Path tests = Source.MODULE.resolve("src").resolve("test").resolve("java");
    try (Stream<Path> files = Files.walk(tests)) {
      List<Path> found = files.filter(file -> file.endsWith(test + ".java")).toList();
      return found.isEmpty() ? "" : Files.readString(found.getFirst());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void everyRowNamesATestThatExists() throws IOException {
    List<String> rows =
        Files.readAllLines(Source.MODULE.resolve("COMPARISON.md")).stream()
            .filter(line -> line.startsWith("| ") && !line.startsWith("| question"))
            .toList();
    TreeSet<String> missing = new TreeSet<>();
    for (String row : rows) {
      Matcher named = NAMED.matcher(row);
      boolean any = false;
      while (named.find()) {
        any = true;
        if (!sourceOf(named.group(1)).contains("void " + named.group(2) + "(")) {
          missing.add(named.group());
        }
      }
      if (!any) {
        missing.add("no test in: " + row);
      }
    }

    assertEquals(new TreeSet<>(), missing);
    assertTrue(rows.size() > 50);
  }
}
