package dev.srun.bench.start;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarFile;

/**
 * A program that is started and stopped.
 *
 * @param name for the table
 * @param floor the name of the program that it is compared with
 * @param jar its class path
 * @param main its class
 * @param page what is asked for under load; empty for a program that ends by itself
 * @param arguments besides its ports
 * @param environment besides its ports
 * @param flags for the JVM
 */
record Program(
    String name,
    String floor,
    Path jar,
    String main,
    String page,
    List<String> arguments,
    Map<String, String> environment,
    List<String> flags) {

  /** A program that does what it has to and ends. */
  static Program task(String name, String floor, Path jar, String main) {
    return new Program(name, floor, jar, main, "", List.of(), Map.of(), List.of());
  }

  /** A program that serves until it is told to stop. */
  static Program server(String name, String floor, Path jar, String main) {
    return new Program(name, floor, jar, main, "/hello", List.of(), Map.of(), List.of());
  }

  /** A server whose jar says its name and its class. */
  static Program server(String floor, Path jar) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      Attributes manifest = file.getManifest().getMainAttributes();
      return server(
          manifest.getValue(Attributes.Name.IMPLEMENTATION_TITLE),
          floor,
          jar,
          manifest.getValue(Attributes.Name.MAIN_CLASS));
    }
  }

  /** Returns whether it is up when its probe answers; otherwise it has done all when it exits. */
  boolean serves() {
    return !page.isEmpty();
  }

  /** Returns the same with the page that is asked for. */
  Program of(String itsPage) {
    return new Program(name, floor, jar, main, itsPage, arguments, environment, flags);
  }

  /** Returns the same under another name, with arguments. */
  Program given(String otherName, String... more) {
    return new Program(otherName, floor, jar, main, page, List.of(more), environment, flags);
  }

  /** Returns the same under another name, with a variable of its environment. */
  Program where(String otherName, String variable, String value) {
    return new Program(
        otherName, floor, jar, main, page, arguments, Map.of(variable, value), flags);
  }

  Program with(List<String> more) {
    List<String> all = new ArrayList<>(flags);
    all.addAll(more);
    return new Program(name, floor, jar, main, page, arguments, environment, List.copyOf(all));
  }

  /** Returns a variant, to compare with the same variant of its floor. */
  Program variant(String what, String flag) {
    Program variant = with(List.of(flag));
    return new Program(
        name + ", " + what,
        floor + ", " + what,
        jar,
        main,
        page,
        arguments,
        environment,
        variant.flags());
  }

  List<String> command(String java, int probe, int pages) {
    List<String> command = new ArrayList<>();
    command.add(java);
    command.addAll(flags);
    command.addAll(List.of("-cp", jar.toString(), main, "" + probe, "" + pages));
    command.addAll(arguments);
    return command;
  }
}
