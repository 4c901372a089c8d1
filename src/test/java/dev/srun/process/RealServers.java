package dev.srun.process;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The programs of examples/servers, on the libraries that build.sh has fetched for them. */
final class RealServers {
  private static final String PACKAGE = "dev.srun.examples.servers.";

  private final List<Path> classPath;

  private RealServers(List<Path> classPath) {
    this.classPath = classPath;
  }

  /** What was built in the directory that build.sh tells; without it, no test. */
  static RealServers find() throws IOException {
    String built = System.getenv("SRUN_TEST_SERVERS");
    assumeTrue(
        built != null && !built.isBlank(),
        "not tested: the programs of examples/servers are not built (./build.sh test --all does,"
            + " and fetches their libraries from Maven Central)");
    List<Path> classPath = new ArrayList<>();
    classPath.add(Path.of(built, "classes"));
    classPath.add(Path.of(built, "test-classes"));
    try (Stream<Path> libraries = Files.list(Path.of(built, "lib"))) {
      libraries.sorted().forEach(classPath::add);
    }
    return new RealServers(classPath);
  }

  /** A program that listens on any port, with the srun that is tested. */
  ProgramUnderTest.Command program(String main) {
    String path =
        Stream.concat(srun(), classPath.stream().map(Path::toString))
            .collect(Collectors.joining(File.pathSeparator));
    return ProgramUnderTest.named(PACKAGE + main, path).env("PORT", "0");
  }

  private static Stream<String> srun() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .filter(entry -> Path.of(entry).endsWith(Path.of("target", "classes")));
  }

  /** Loads classes of clients, which need some of the libraries. */
  URLClassLoader loader() throws IOException {
    URL[] urls = new URL[classPath.size()];
    for (int i = 0; i < urls.length; i++) {
      urls[i] = classPath.get(i).toUri().toURL();
    }
    return new URLClassLoader(urls, ClassLoader.getPlatformClassLoader());
  }
}
