package dev.srun.bench.services;

import dev.srun.bench.ResidentMemory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What an idle program holds, seen from outside.
 *
 * @param heap bytes of all objects that are alive
 * @param resident bytes of the process in memory
 * @param threads how many threads the system sees
 * @param classes what the heap consists of
 */
record Footprint(long heap, long resident, int threads, Map<String, Objects> classes) {
  private static final String JAVA_HOME = System.getProperty("java.home");
  private static final long PATIENCE_SECONDS = 60;
  private static final long SETTLING_SECONDS = 3;
  // "  12:    10001    480048  java.lang.VirtualThread (java.base@25.0.3)"; the lambdas of a class
  // have an address after a slash, and are taken for one class
  private static final Pattern ROW =
      Pattern.compile("\\s*\\d+:\\s+(\\d+)\\s+(\\d+)\\s+([^\\s/]+).*");

  /** The objects of one class. */
  record Objects(long count, long bytes) {
    static final Objects NONE = new Objects(0, 0);

    Objects plus(Objects other) {
      return new Objects(count + other.count, bytes + other.bytes);
    }

    Objects minus(Objects other) {
      return new Objects(count - other.count, bytes - other.bytes);
    }
  }

  /** Starts the program in a JVM of its own, looks at it, and has it end. */
  static Footprint of(SequenceKind kind, int services, List<String> flags)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(JAVA_HOME, "bin", "java").toString());
    command.addAll(flags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(IdleProgram.class.getName(), kind.name(), Integer.toString(services)));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (var output = process.inputReader();
        var input = process.outputWriter()) {
      if (!IdleProgram.UP.equals(output.readLine())) {
        throw new IOException("did not come up: " + String.join(" ", command));
      }
      // srun's reserve of memory, which is the same for any number of services, comes later
      if (process.waitFor(SETTLING_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException("did not stay: " + String.join(" ", command));
      }
      Footprint footprint = of(process.pid());
      input.close();
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IOException("did not end well: " + String.join(" ", command));
      }
      return footprint;
    } finally {
      process.destroyForcibly();
    }
  }

  private static Footprint of(long pid) throws IOException, InterruptedException {
    Map<String, Objects> classes = liveObjects(pid);
    Map<String, Objects> again = liveObjects(pid);
    while (bytes(again) < bytes(classes)) {
      classes = again;
      again = liveObjects(pid);
    }
    try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
      long resident = ResidentMemory.kilobytes(pid).orElseThrow() * 1024;
      return new Footprint(bytes(classes), resident, (int) threads.count(), classes);
    }
  }

  private static long bytes(Map<String, Objects> classes) {
    return classes.values().stream().mapToLong(Objects::bytes).sum();
  }

  /** Collects the garbage, all of it, and counts what is left. */
  private static Map<String, Objects> liveObjects(long pid)
      throws IOException, InterruptedException {
    String jcmd = Path.of(JAVA_HOME, "bin", "jcmd").toString();
    Process process =
        new ProcessBuilder(jcmd, Long.toString(pid), "GC.class_histogram")
            .redirectErrorStream(true)
            .start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    Map<String, Objects> classes = new HashMap<>();
    for (String line : text.split("\n", -1)) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        Objects objects = new Objects(Long.parseLong(row.group(1)), Long.parseLong(row.group(2)));
        classes.merge(row.group(3), objects, Objects::plus);
      }
    }
    if (process.waitFor() != 0 || classes.isEmpty()) {
      throw new IOException("jcmd failed: " + text);
    }
    return classes;
  }
}
