package dev.srun.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.Context;
import dev.srun.Srun;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ResourceBundle;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a program leaves on stderr. */
class LogTest {

  static final class Seed {
    public static void main(String[] args) {
      Srun.runOrExit(
          "seed",
          app -> {
            for (int i = 1; i <= 3; i++) {
              app.task("testing_" + i, ctx -> Thread.sleep(Duration.ofSeconds(1)));
            }
          });
    }
  }

  @Test
  void theLogShowsEveryStateInOrderAndTheStopsInReverse() throws Exception {
    try (var program = ProgramUnderTest.of(Seed.class).env("SRUN_LOG_LEVEL", "debug").start()) {
      program.assertExit(0);
      List<String> expected = new ArrayList<>();
      for (int i = 1; i <= 3; i++) {
        for (String state : List.of("INITIATING", "INITIATED", "STARTING", "RUNNING")) {
          expected.add("seed.testing_" + i + " " + state);
        }
      }
      for (int i = 3; i >= 1; i--) {
        expected.add("seed.testing_" + i + " SHUTTING_DOWN");
        expected.add("seed.testing_" + i + " STOPPED");
      }
      assertEquals(expected, states(program.stderr()));
    }
  }

  private static List<String> states(List<String> log) {
    Pattern state = Pattern.compile("logger_scope=(seed\\.testing_\\d [A-Z_]+)\\b");
    return log.stream()
        .flatMap(line -> state.matcher(line).results())
        .map((MatchResult found) -> found.group(1))
        .toList();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theLogSaysWhatTheServicesRunIn(boolean preview) throws Exception {
    int release = Runtime.version().feature();
    boolean adapted =
        Srun.class.getResource("StructuredScope" + release + ".class") != null && preview;
    try (var program =
        ProgramUnderTest.of(CommandLineTest.Hello.class)
            .preview(preview)
            .env("SRUN_LOG_LEVEL", "debug")
            .start()) {
      program.assertExit(0);
      program.assertLogged(
          adapted
              ? "services run in StructuredTaskScope of JDK " + release
              : "services run in plain virtual threads");
    }
  }

  static final class SaysMuch extends Spoken {
    @Override
    public void run(Context ctx) throws Exception {
      System.Logger logger = ctx.logger();
      logger.log(Level.DEBUG, "fine");
      logger.log(Level.INFO, "a \"quoted\" \\ one,\n\tover two lines \u0001 \u20ac \ud83d\ude80");
      logger.log(Level.WARNING, "broken", new IllegalStateException("{\"a\": 1}"));
      super.run(ctx);
    }

    @Override
    public void stop(Context ctx) throws Exception {
      throw new IllegalStateException("stopped \"badly\"\n");
    }

    public static void main(String[] args) {
      Srun.runOrExit("much", app -> app.service("api", new SaysMuch()));
    }
  }

  @Test
  void everyLineOfAJsonLogIsOneObject() throws Exception {
    try (var program =
        ProgramUnderTest.of(SaysMuch.class)
            .env("SRUN_LOG_FORMAT", "json")
            .env("SRUN_LOG_LEVEL", "debug")
            .start()) {
      program.awaitUp();
      program.signal("TERM");
      program.assertExit(1);
      List<Map<String, String>> lines = program.stderr().stream().map(JsonLine::parse).toList();
      lines.forEach(LogTest::assertHasItsFields);
      assertTrue(
          lines.stream()
              .anyMatch(line ->
                  "much.api".equals(line.get("logger_scope"))
                      && "INFO".equals(line.get("level"))
                      && "a \"quoted\" \\ one,\n\tover two lines \u0001 \u20ac \ud83d\ude80"
                          .equals(line.get("msg"))),
          lines::toString);
    }
  }

  private static void assertHasItsFields(Map<String, String> line) {
    assertNotNull(Instant.parse(line.get("time")));
    assertNotNull(Level.valueOf(line.get("level")));
    assertNotNull(line.get("logger_scope"));
    assertNotNull(line.get("msg"));
  }

  @Test
  void aRefusedConfigurationIsALineOfTheJsonLogToo() throws Exception {
    try (var program =
        ProgramUnderTest.of(ThreeServices.class)
            .env("SRUN_LOG_FORMAT", "json")
            .env("SRUN_DRAIN", "often")
            .start()) {
      program.assertExit(2);
      assertEquals(1, program.stderr().size());
      assertHasItsFields(JsonLine.parse(program.stderr().getFirst()));
    }
  }

  static final class LogsInSetup {
    public static void main(String[] args) {
      Srun.runOrExit(
          "setup",
          app -> {
            System.getLogger("wallet").log(Level.INFO, "reading wallet.conf");
            // Gives the log's writer every chance to be early.
            Thread.sleep(Duration.ofMillis(200));
            app.task("work", ctx -> {});
          });
    }
  }

  @Test
  void whatTheSetupLogsIsALineOfTheJsonLogToo() throws Exception {
    try (var program =
        ProgramUnderTest.of(LogsInSetup.class).env("SRUN_LOG_FORMAT", "json").start()) {
      program.assertExit(0);
      program.assertLogged("reading wallet.conf");
      program.stderr().forEach(line -> assertHasItsFields(JsonLine.parse(line)));
    }
  }

  @Test
  void whatTheSetupLogsBelowTheLowestLevelIsNotShown() throws Exception {
    try (var program =
        ProgramUnderTest.of(LogsInSetup.class).env("SRUN_LOG_LEVEL", "error").start()) {
      program.assertExit(0);
      assertEquals(List.of(), program.stderr());
    }
  }

  @Test
  void debugShowsTheLinesOfServicesToo() throws Exception {
    try (var program = ProgramUnderTest.of(SaysMuch.class).env("SRUN_LOG_LEVEL", "debug").start()) {
      program.awaitUp();
      program.assertLogged("logger_scope=much.api fine");
    }
  }

  @Test
  void errorShowsErrorsOnly() throws Exception {
    try (var program = ProgramUnderTest.of(SaysMuch.class).env("SRUN_LOG_LEVEL", "error").start()) {
      program.awaitLine("api run");
      program.signal("TERM");
      program.assertExit(1);
      program.assertLogged("stop of api failed");
      Pattern start = Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\S+ ([A-Z]+) .*");
      List<String> levels =
          program.stderr().stream()
              .flatMap(line -> start.matcher(line).results())
              .map((MatchResult found) -> found.group(1))
              .distinct()
              .toList();
      assertEquals(List.of("ERROR"), levels);
    }
  }

  @Test
  void aProgramsOwnLoggingIsLeftAlone(@TempDir Path directory) throws Exception {
    Path own = directory.resolve("logging.properties");
    Files.writeString(
        own,
        """
        handlers=java.util.logging.ConsoleHandler
        java.util.logging.SimpleFormatter.format=OWN %4$s %3$s %5$s%n
        """);
    try (var program =
        ProgramUnderTest.of(ThreeServices.class)
            .jvm("-Djava.util.logging.config.file=" + own)
            .env("SRUN_LOG_FORMAT", "json")
            .start()) {
      program.awaitUp();
      program.signal("TERM");
      program.assertExit(0);
      assertEquals(ThreeServices.JOURNAL, program.stdout());
      assertTrue(
          program.stderr().stream().allMatch(line -> line.startsWith("OWN INFO ")),
          program.stderr()::toString);
      assertTrue(
          program.stderr().getLast().startsWith("OWN INFO srun exit 0 (clean): signal TERM"),
          program.stderr()::toString);
    }
  }

  /** What a program brings that has its logging by way of another library. */
  public static final class BroughtFinder extends System.LoggerFinder {
    @Override
    public System.Logger getLogger(String name, Module module) {
      return new Brought(name);
    }
  }

  private record Brought(String name) implements System.Logger {
    @Override
    public String getName() {
      return name;
    }

    @Override
    public boolean isLoggable(Level level) {
      return level.getSeverity() >= Level.INFO.getSeverity();
    }

    @Override
    public void log(Level level, ResourceBundle bundle, String message, Throwable thrown) {
      System.err.println("BROUGHT " + level + " " + name + " " + message);
    }

    @Override
    public void log(Level level, ResourceBundle bundle, String format, Object... arguments) {
      System.err.println("BROUGHT " + level + " " + name + " " + format);
    }
  }

  private static Path bring(Path directory, String finder) throws IOException {
    Path services = Files.createDirectories(directory.resolve("META-INF/services"));
    Files.writeString(services.resolve(System.LoggerFinder.class.getName()), finder);
    return directory;
  }

  @Test
  void aProgramThatHasBroughtItsLoggingHasAllLinesThere(@TempDir Path directory) throws Exception {
    try (var program =
        ProgramUnderTest.of(ThreeServices.class)
            .jar(bring(directory, BroughtFinder.class.getName()))
            .env("SRUN_LOG_FORMAT", "json")
            .start()) {
      program.awaitUp();
      program.signal("TERM");
      program.assertExit(0);
      assertTrue(
          program.stderr().stream().allMatch(line -> line.startsWith("BROUGHT INFO ")),
          program.stderr()::toString);
      assertTrue(
          program.stderr().getLast().startsWith("BROUGHT INFO srun exit 0 (clean): signal TERM"),
          program.stderr()::toString);
    }
  }
}
