package dev.srun.bench.plot;

import com.google.gson.Gson;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A benchmark with one set of parameters, as JMH's JSON has it.
 *
 * @param benchmark its class and method
 * @param jdkVersion of the JVM that ran it
 * @param params by name; absent where it has none
 */
record JmhRun(
    String benchmark, String jdkVersion, Map<String, String> params, Metric primaryMetric) {

  JmhRun {
    params = params == null ? Map.of() : params; // JMH leaves it out
  }

  /**
   * What was measured.
   *
   * @param rawData each fork's iterations
   */
  record Metric(String scoreUnit, double[][] rawData) {}

  static List<JmhRun> read(Path file) throws IOException {
    try (Reader in = Files.newBufferedReader(file)) {
      return List.of(new Gson().fromJson(in, JmhRun[].class));
    }
  }

  /** Returns class and method, without the package. */
  String name() {
    String[] parts = benchmark.split("\\.");
    return parts[parts.length - 2] + "." + parts[parts.length - 1];
  }

  /** Returns all iterations of all forks. */
  Spread spread() {
    return Spread.of(
        Arrays.stream(primaryMetric.rawData()).flatMapToDouble(Arrays::stream).toArray());
  }

  int iterations() {
    return Arrays.stream(primaryMetric.rawData()).mapToInt(fork -> fork.length).sum();
  }

  /** Returns the version of the JDK as long as it counts, such as 25 of 25.0.3. */
  int feature() {
    return Runtime.Version.parse(jdkVersion.split("-")[0]).feature();
  }
}
