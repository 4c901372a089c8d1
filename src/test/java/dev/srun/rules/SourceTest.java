package dev.srun.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The reader on which the rules rely. */
final class SourceTest {
  private static final Source SOURCE =
      Source.of(
          "java",
          "A",
          """
          /* package no.such; */
          package a.b;

          import static java.util.Map.entry;
          import java.util.List;
          // import java.io.File;

          /** Never calls {@code synchronized}. */
          class A {
            String string = "a \\"quoted\\" synchronized // no comment";
            char quote = '"'; String next = "/* no comment */"; char other = '\\'';
            int kept; // "not a string"
          }
          """);

  @Test
  void knowsPackageAndImports() {
    assertEquals("a.b", SOURCE.packageName());
    assertEquals(List.of("java.util.Map.entry", "java.util.List"), SOURCE.imports());
  }

  @Test
  void tellsCodeFromCommentsAndStrings() {
    assertFalse(SOURCE.code().contains("synchronized"), SOURCE.code());
    assertFalse(SOURCE.code().contains("comment"), SOURCE.code());
    assertTrue(SOURCE.code().contains("int kept;"), SOURCE.code());
    assertEquals(
        List.of("a \\\"quoted\\\" synchronized // no comment", "/* no comment */"),
        SOURCE.strings());
  }

  @Test
  void knowsWhatStandsAfterTheImports() {
    assertFalse(SOURCE.body().contains("java.util"), SOURCE.body());
    assertTrue(SOURCE.body().contains("class A"), SOURCE.body());
  }

  @Test
  void readsTheWholeLibrary() {
    List<Source> all = Source.all();

    assertTrue(all.size() > 50, all::toString);
    assertTrue(all.stream().noneMatch(source -> source.packageName().isEmpty()), all::toString);
  }
}
