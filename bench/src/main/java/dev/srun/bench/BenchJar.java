package dev.srun.bench;

import java.io.File;
import java.nio.file.Path;

/** Where this bench stands. */
public final class BenchJar {
  private BenchJar() {}

  /** Returns the jar that runs, with the class path of all benches in its manifest. */
  public static Path path() {
    String classPath = System.getProperty("java.class.path");
    return Path.of(classPath.split(File.pathSeparator, -1)[0]).toAbsolutePath().normalize();
  }

  /** Returns the directory of the bench's sources. */
  public static Path directory() {
    return path().getParent().resolveSibling("");
  }
}
