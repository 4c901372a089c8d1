package dev.srun.bench.start;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarFile;

/**
 * A program whose start is measured.
 *
 * @param name for the table
 * @param jar its class path
 * @param main its class
 * @param serves whether it is up when its probe answers; otherwise it has done all when it exits
 * @param floor the name of the program that it is compared with
 * @param flags for the JVM
 */
record Program(
    String name, Path jar, String main, boolean serves, String floor, List<String> flags) {
  private static final String TASK_FLOOR = "bare main";
  private static final String SERVER_FLOOR = "bare jdk.httpserver";

  /** The programs in the bench's own jar. */
  static List<Program> own(Path jar, List<String> flags) {
    return List.of(
        new Program(TASK_FLOOR, jar, BareMain.class.getName(), false, TASK_FLOOR, flags),
        new Program("srun, one task", jar, SrunMain.class.getName(), false, TASK_FLOOR, flags),
        new Program(SERVER_FLOOR, jar, BareHttp.class.getName(), true, SERVER_FLOOR, flags),
        new Program("srun, one service", jar, SrunHttp.class.getName(), true, SERVER_FLOOR, flags));
  }

  /** A server on another framework, whose jar says its name and its class. */
  static Program peer(Path jar, List<String> flags) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      Attributes manifest = file.getManifest().getMainAttributes();
      String name = manifest.getValue(Attributes.Name.IMPLEMENTATION_TITLE);
      String main = manifest.getValue(Attributes.Name.MAIN_CLASS);
      return new Program(name, jar, main, true, SERVER_FLOOR, flags);
    }
  }

  /** The jars of the modules of a directory, whether they were built or not. */
  static List<Path> jars(Path modules) throws IOException {
    if (!Files.isDirectory(modules)) {
      return List.of();
    }
    try (var directories = Files.list(modules)) {
      return directories
          .filter(module -> Files.exists(module.resolve("pom.xml")))
          .map(module -> module.resolve("target/" + module.getFileName() + ".jar"))
          .sorted()
          .toList();
    }
  }

  Program with(String what, String flag) {
    List<String> more = new ArrayList<>(flags);
    more.add(flag);
    return new Program(name + ", " + what, jar, main, serves, floor, List.copyOf(more));
  }

  List<String> command(String java, int port) {
    List<String> command = new ArrayList<>();
    command.add(java);
    command.addAll(flags);
    command.addAll(List.of("-cp", jar.toString(), main, String.valueOf(port)));
    return command;
  }
}
