package dev.srun.rules;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What users may name. It changes on purpose only. */
final class PublicApiTest {
  private static final Path WRITTEN_DOWN =
      Source.MODULE.resolve("src").resolve("test").resolve("resources").resolve("public-api.txt");

  @Test
  void thePublicApiIsTheOneThatIsWrittenDown() throws IOException {
    String api = PublicApi.text(Types.all());
    if (Boolean.getBoolean("api.write")) {
      Files.writeString(WRITTEN_DOWN, api);
    }
    String before = Files.readString(WRITTEN_DOWN);

    assertTrue(before.equals(api), () -> difference(before, api));
  }

  private static String difference(String before, String now) {
    String missing = lines("\n- ", before, now);
    String added = lines("\n+ ", now, before);
    return "The public API is not the one in src/test/resources/public-api.txt."
        + " Where that is on purpose, write it down: mvn test -Dtest=PublicApiTest -Dapi.write=true"
        + (missing.isEmpty() && added.isEmpty()
            ? "\nits lines are in another order"
            : missing + added);
  }

  /** The lines of one text that are not in the other. */
  private static String lines(String prefix, String of, String notIn) {
    List<String> others = notIn.lines().toList();
    return of.lines()
        .filter(line -> !others.contains(line))
        .map(line -> prefix + line)
        .collect(Collectors.joining());
  }

  @Test
  void noInternalTypeLeaksThroughIt() {
    List<String> hidden =
        Types.all().stream()
            .filter(type -> !PublicApi.isPublic(type))
            .map(Class::getCanonicalName)
            .filter(name -> name != null)
            .toList();
    String api = PublicApi.text(Types.all());

    for (String name : hidden) {
      assertFalse(api.matches("(?s).*\\b" + name.replace(".", "\\.") + "\\b.*"), name);
    }
  }
}
