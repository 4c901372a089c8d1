package dev.srun.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

    assertEquals(
        Files.readString(WRITTEN_DOWN),
        api,
        "The public API is not the one in "
            + WRITTEN_DOWN
            + ". Where that is on purpose, write it down: mvn test -Dtest=PublicApiTest"
            + " -Dapi.write=true");
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
