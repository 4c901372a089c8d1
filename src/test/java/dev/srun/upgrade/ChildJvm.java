package dev.srun.upgrade;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A JVM of the kind that runs the test, with its output and errors in one; gone when closed. */
record ChildJvm(Process process, BufferedReader lines) implements AutoCloseable {

  static ChildJvm start(Class<?> main, List<String> flags, String... arguments) throws IOException {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(List.of("-XX:TieredStopAtLevel=1", "-Xshare:auto", "-ea"));
    line.addAll(flags);
    line.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    line.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
    builder.environment().keySet().removeIf(name -> name.endsWith("_OPTIONS"));
    Process process = builder.start();
    return new ChildJvm(process, process.inputReader(StandardCharsets.UTF_8));
  }

  /** Everything it has said when it has ended. */
  List<String> output() {
    return lines.lines().toList();
  }

  /** Has its standard input end, and tells its exit code. */
  int end() throws IOException, InterruptedException {
    process.getOutputStream().close();
    return process.waitFor();
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
