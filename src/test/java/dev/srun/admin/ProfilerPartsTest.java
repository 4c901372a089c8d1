package dev.srun.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What profiles are made with may be missing, and is not loaded before: JVMs of their own. */
final class ProfilerPartsTest {
  private static final List<String> CLASS_PATH =
      List.of(System.getProperty("java.class.path").split(File.pathSeparator, -1));

  @Test
  void withoutTheFlightRecorderItSaysWhatToAdd() throws Exception {
    try (Jvm jvm =
        new Jvm(CLASS_PATH, "--limit-modules=java.management,jdk.httpserver,jdk.management")) {
      for (String path : List.of("/debug/pprof/profile", "/debug/flamegraph", "/debug/jfr")) {
        HttpResponse<String> answer = jvm.get(path);

        assertEquals(501, answer.statusCode(), answer.body());
        assertEquals(
            "to profile, add the module jdk.jfr to the Java runtime"
                + " (java.lang.NoClassDefFoundError: jdk/jfr/FlightRecorder)\n",
            answer.body());
      }
    }
  }

  @Test
  void withoutTheConverterItSaysWhatToAddButRecords() throws Exception {
    List<String> classPath =
        CLASS_PATH.stream().filter(entry -> !entry.contains("jfr-converter")).toList();
    try (Jvm jvm = new Jvm(classPath)) {
      for (String path : List.of("/debug/pprof/profile", "/debug/flamegraph")) {
        HttpResponse<String> answer = jvm.get(path);

        assertEquals(501, answer.statusCode(), answer.body());
        assertEquals(
            "to profile, add tools.profiler:jfr-converter to the class path"
                + " (java.lang.NoClassDefFoundError: one/convert/Arguments)\n",
            answer.body());
      }
      assertEquals(200, jvm.get("/debug/jfr?seconds=1").statusCode());
    }
  }

  @Test
  void nothingOfThemIsLoadedBeforeAProfileIsAskedFor() throws Exception {
    try (Jvm jvm = new Jvm(CLASS_PATH, "-Xlog:class+load")) {
      assertEquals(400, jvm.get("/debug/jfr?seconds=0").statusCode());
      jvm.end();

      List<String> loaded = jvm.output();
      assertTrue(loaded.stream().anyMatch(line -> line.contains(" dev.srun.admin.Profiler ")));
      assertEquals(
          List.of(),
          loaded.stream()
              .filter(line -> line.contains(" jdk.jfr.") || line.contains(" one."))
              .toList());
    }
  }

  /** A JVM that can be profiled. */
  private static final class Jvm implements AutoCloseable {
    private final HttpClient client = HttpClient.newHttpClient();
    private final List<String> output = new ArrayList<>();
    private final Process process;
    private final BufferedReader reader;
    private final String port;

    Jvm(List<String> classPath, String... flags) throws IOException {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.add("-XX:TieredStopAtLevel=1");
      command.addAll(Arrays.asList(flags));
      command.add("-cp");
      command.add(classPath.stream().collect(Collectors.joining(File.pathSeparator)));
      command.add(Profiled.class.getName());
      process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      reader = process.inputReader(StandardCharsets.UTF_8);
      port = readUntilPort();
    }

    private String readUntilPort() throws IOException {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        if (line.startsWith(Profiled.PORT)) {
          return line.substring(Profiled.PORT.length());
        }
        output.add(line);
      }
      throw new IOException("it ended without a port: " + output);
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
      return client.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
              .timeout(Duration.ofSeconds(30))
              .build(),
          BodyHandlers.ofString(StandardCharsets.ISO_8859_1));
    }

    /** Has it end, and reads all that it says until then. */
    void end() throws IOException {
      process.getOutputStream().close();
      reader.lines().forEach(output::add);
      process.onExit().orTimeout(20, TimeUnit.SECONDS).join();
    }

    List<String> output() {
      return output;
    }

    /** Killed, it would leave the recorder's own directory behind. */
    @Override
    public void close() throws IOException {
      try {
        end();
      } finally {
        process.destroyForcibly();
      }
    }
  }
}
