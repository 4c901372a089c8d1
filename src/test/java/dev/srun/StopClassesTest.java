package dev.srun;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is loaded ahead of a stop is all of the packages that a stop comes from. */
final class StopClassesTest {

  /** Compiled apart or for one release, and found by their names: in a start, or not at all. */
  private static final Set<String> BY_NAME =
      Set.of("SunSignals", "StructuredScope21", "StructuredScope25", "Syscalls21", "Syscalls25");

  /** The names of the classes in a package that are nested in no other. */
  private static Set<String> inPackage(String folder) throws IOException {
    try (Stream<Path> files = Files.list(Path.of("target/classes/dev/srun", folder))) {
      return files
          .map(file -> String.valueOf(file.getFileName()))
          .filter(name -> name.endsWith(".class") && !name.contains("$") && !name.contains("-info"))
          .map(name -> name.replace(".class", ""))
          .filter(name -> !BY_NAME.contains(name))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  private static Set<String> names(Class<?>[] classes) {
    return Arrays.stream(classes)
        .map(Class::getSimpleName)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void noClassOfTheCoreIsMissing() throws Exception {
    Set<String> expected = inPackage("");
    expected.remove("StopClasses");
    assertEquals(expected, names(StopClasses.all()));
  }

  @Test
  void noClassOfTheUpgradeIsMissing() throws Exception {
    Set<String> expected = inPackage("upgrade");
    expected.remove("UpgradeClasses");
    Class<?> upgrade = Class.forName("dev.srun.upgrade.UpgradeClasses");
    var all = upgrade.getDeclaredMethod("all");
    all.setAccessible(true);
    assertEquals(expected, names((Class<?>[]) all.invoke(null)));
  }
}
