package dev.srun.rules;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The classes of the library, as they were compiled. */
final class Types {

  private Types() {}

  /** Every class but the adapters, which load on one JDK only. */
  static List<Class<?>> all() {
    Path root = Source.MODULE.resolve("target").resolve("classes");
    List<Class<?>> types = new ArrayList<>();
    for (String name : names(root)) {
      try {
        types.add(Class.forName(name, false, Types.class.getClassLoader()));
      } catch (ClassNotFoundException e) {
        throw new IllegalStateException(e);
      }
    }
    types.sort(Comparator.comparing(Class::getName));
    return types;
  }

  private static Set<String> names(Path root) {
    Set<String> adapters =
        Source.all().stream()
            .filter(source -> !source.root().equals("java"))
            .map(source -> source.packageName() + "." + source.type())
            .collect(Collectors.toSet());
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .map(file -> root.relativize(file).toString())
          .filter(file -> file.endsWith(".class") && !file.startsWith("META-INF"))
          .map(file -> file.substring(0, file.length() - 6).replace(java.io.File.separator, "."))
          .filter(name -> !name.endsWith("-info"))
          .filter(name -> adapters.stream().noneMatch(name::startsWith))
          .collect(Collectors.toSet());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
