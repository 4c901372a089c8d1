package dev.srun.rules;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One source file of the library, taken apart as far as the rules need it.
 *
 * @param root the source folder, such as {@code java} or {@code java21}
 * @param type the simple name of its type
 * @param packageName its package
 * @param imports what it imports, without {@code static}
 * @param code without comments, and with nothing between the quotes of strings
 * @param strings what stands between those quotes
 */
record Source(
    String root,
    String type,
    String packageName,
    List<String> imports,
    String code,
    List<String> strings) {

  /** Where the module's own files are. */
  static final Path MODULE = Path.of(System.getProperty("basedir", ""));

  private static final Pattern PACKAGE = Pattern.compile("(?m)^package ([\\w.]+);");
  private static final Pattern IMPORT = Pattern.compile("(?m)^import (?:static )?([\\w.*]+);");

  /** A comment, a text block, a string or a character. */
  private static final Pattern NO_CODE =
      Pattern.compile(
          "(?s)/\\*.*?\\*/|//[^\\n]*|\"\"\"(.*?)(?<!\\\\)\"\"\""
              + "|\"((?:\\\\.|[^\"\\\\])*)\"|'(?:\\\\.|[^'\\\\])+'");

  /** Every source file under {@code src/main}, the adapters' folders included. */
  static List<Source> all() {
    Path main = MODULE.resolve("src").resolve("main");
    try (Stream<Path> files = Files.walk(main)) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .sorted()
          .map(file -> read(main.relativize(file).getName(0).toString(), file))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Source read(String root, Path file) {
    try {
      String name = String.valueOf(file.getFileName());
      return of(root, name.substring(0, name.length() - ".java".length()), Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Source of(String root, String type, String text) {
    List<String> strings = new ArrayList<>();
    String code = NO_CODE.matcher(text).replaceAll(part -> without(part, strings));
    return new Source(
        root,
        type,
        PACKAGE.matcher(code).results().map(found -> found.group(1)).findFirst().orElse(""),
        IMPORT.matcher(code).results().map(found -> found.group(1)).toList(),
        code,
        List.copyOf(strings));
  }

  private static String without(MatchResult part, List<String> strings) {
    if (part.group().startsWith("/")) {
      return " ";
    }
    for (int group = 1; group <= 2; group++) {
      if (part.group(group) != null) {
        strings.add(part.group(group));
      }
    }
    return part.group().startsWith("'") ? "' '" : "\"\"";
  }

  /** Whether the code, or a string in it, names this. */
  boolean names(String text) {
    return code.contains(text) || strings.stream().anyMatch(string -> string.contains(text));
  }

  boolean codeHas(String regex) {
    return Pattern.compile(regex).matcher(code).find();
  }

  /** The code after the package and the imports. */
  String body() {
    return IMPORT.matcher(PACKAGE.matcher(code).replaceAll("")).replaceAll("");
  }

  @Override
  public String toString() {
    return root + "/" + packageName + "." + type;
  }
}
