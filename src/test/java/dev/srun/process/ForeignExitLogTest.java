package dev.srun.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.process.LogsWhileItStops.Api;
import dev.srun.process.ProgramUnderTest.Command;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is logged in a stop that begins by {@code System.exit}: every line arrives, by whatever the
 * program logs, and the exit line has the status of that call.
 */
class ForeignExitLogTest {
  private static final String EXIT = "exit 7 (clean): asked: System.exit(7); up ";
  private static final String CALLER =
      "System.exit(7) was called by thread library, at dev.srun.process.LogsWhileItStops.";

  @TempDir Path directory;

  private static Command program(String how, Api... apis) {
    String[] arguments =
        Stream.concat(Stream.of(how), Arrays.stream(apis).map(Api::name)).toArray(String[]::new);
    return ProgramUnderTest.of(LogsWhileItStops.class, arguments);
  }

  private Path file(String name, String content) throws IOException {
    return Files.writeString(directory.resolve(name), content);
  }

  /** With the libraries whose names begin so. */
  private static Command with(Command program, String... libraries) throws IOException {
    try (Stream<Path> jars = Files.list(Path.of("target/test-libs/logging"))) {
      List<Path> chosen =
          jars.filter(jar ->
                  Arrays.stream(libraries)
                      .anyMatch(name -> String.valueOf(jar.getFileName()).startsWith(name)))
              .toList();
      assertTrue(chosen.size() >= libraries.length, chosen::toString);
      return program.classPath(
          System.getProperty("java.class.path")
              + File.pathSeparator
              + chosen.stream()
                  .map(jar -> jar.toAbsolutePath().toString())
                  .collect(Collectors.joining(File.pathSeparator)));
    }
  }

  /** Those of the lines that services log while they stop. */
  private static List<String> flushes(List<String> log) {
    return log.stream()
        .filter(line -> line.contains(" flushes part "))
        .map(line -> line.replaceFirst(".*?(\\w+ flushes part \\d by \\w+).*", "$1"))
        .toList();
  }

  /** All that is logged in the stop, the exit last. */
  private static void assertArrived(List<String> log, Api... apis) {
    List<String> runner = log.stream().filter(line -> !line.contains("before srun")).toList();
    assertEquals(LogsWhileItStops.lines(apis), flushes(log), () -> String.join("\n", log));
    assertHas(runner, CALLER);
    assertHas(runner, "stopping (asked: System.exit(7))");
    assertTrue(runner.getLast().contains(EXIT), () -> String.join("\n", log));
  }

  private static void assertHas(List<String> log, String text) {
    assertEquals(
        1,
        log.stream().filter(line -> line.contains(text)).count(),
        () -> "'" + text + "' in\n" + String.join("\n", log));
  }

  // java.util.logging as srun sets it up

  @Test
  void everyLineArrivesWhereNoLoggingIsConfigured() throws Exception {
    try (var program = program("owned", Api.JUL, Api.SYSTEM).start()) {
      program.assertExit(LogsWhileItStops.STATUS);
      assertArrived(program.stderr(), Api.JUL, Api.SYSTEM);
      program.assertNotLogged("Runtime.exit() called");
    }
  }

  @Test
  void levelsStayAsTheyWereConfigured() throws Exception {
    try (var program = program("owned", Api.JUL_FINE).env("SRUN_LOG_LEVEL", "debug").start()) {
      program.assertExit(LogsWhileItStops.STATUS);
      assertEquals(
          LogsWhileItStops.lines(Api.JUL_FINE), flushes(program.stderr()), program::output);
      program.assertLogged("Runtime.exit() called with status: 7"); // which the JDK logs at DEBUG
      program.assertLogged(EXIT);
    }
  }

  @Test
  void linesOfAJsonLogArriveAsJson() throws Exception {
    try (var program = program("owned", Api.JUL).env("SRUN_LOG_FORMAT", "json").start()) {
      program.assertExit(LogsWhileItStops.STATUS);
      List<String> messages =
          program.stderr().stream()
              .filter(line -> !line.contains("before srun")) // logged before srun
              .filter(line -> line.startsWith("{"))
              .map(line -> JsonLine.parse(line).get("msg"))
              .toList();
      assertArrived(messages, Api.JUL);
    }
  }

  @Test
  void everyLineArrivesWhereSrunDoesNotOwnTheProcess() throws Exception {
    try (var program = program("embedded", Api.JUL, Api.SYSTEM).start()) {
      program.assertExit(LogsWhileItStops.STATUS);
      // Each record is two lines there, the first with date and source.
      List<String> messages =
          program.stderr().stream().filter(line -> !line.matches(".* [AP]M .*")).toList();
      assertArrived(messages, Api.JUL, Api.SYSTEM);
    }
  }

  /** Then nothing tells of the shutdown before the handlers are closed. */
  @Test
  void everyLineArrivesWhereTheJvmEndsWithItsLastThread() throws Exception {
    try (var program = program("main returns", Api.JUL, Api.SYSTEM).start()) {
      program.assertExit(0);
      assertEquals(
          LogsWhileItStops.lines(Api.JUL, Api.SYSTEM), flushes(program.stderr()), program::output);
      program.assertLogged("exit, status not known (clean)");
    }
  }

  // java.util.logging as the program configures it

  private Command configured(Command program, String properties) throws IOException {
    return program.jvm("-Djava.util.logging.config.file=" + file("logging.properties", properties));
  }

  @Test
  void everyLineArrivesAtTheProgramsConsoleHandler() throws Exception {
    var command =
        configured(
            program("owned", Api.JUL, Api.JUL_FINE, Api.SYSTEM),
            """
            handlers=java.util.logging.ConsoleHandler
            logs.level=FINE
            java.util.logging.ConsoleHandler.level=FINE
            java.util.logging.SimpleFormatter.format=OWN %4$s %3$s %5$s%n
            """);
    try (var program = command.start()) {
      program.assertExit(LogsWhileItStops.STATUS);
      assertArrived(program.stderr(), Api.JUL, Api.JUL_FINE, Api.SYSTEM);
      assertTrue(
          program.stderr().stream().allMatch(line -> line.startsWith("OWN ")), program::output);
      program.assertNotLogged("Runtime.exit() called");
    }
  }

  @Test
  void everyLineArrivesInTheProgramsFile() throws Exception {
    Path log = directory.resolve("app.log");
    var command =
        configured(
            program("owned", Api.JUL, Api.SYSTEM),
            """
            handlers=java.util.logging.FileHandler
            java.util.logging.FileHandler.pattern=%s
            java.util.logging.FileHandler.formatter=java.util.logging.SimpleFormatter
            java.util.logging.SimpleFormatter.format=OWN %%4$s %%3$s %%5$s%%n
            """
                .formatted(log));
    try (var program = command.start()) {
      program.assertExit(LogsWhileItStops.STATUS);
      assertEquals(List.of(), program.stderr());
    }
    assertArrived(Files.readAllLines(log), Api.JUL, Api.SYSTEM);
    assertFalse(Files.exists(Path.of(log + ".lck")), "the file was not closed");
  }

  /** Its tail is written when it is closed. */
  @Test
  void theProgramsXmlFileIsWhole() throws Exception {
    Path log = directory.resolve("app.xml");
    var command =
        configured(
            program("owned", Api.JUL),
            """
            handlers=java.util.logging.FileHandler
            java.util.logging.FileHandler.pattern=%s
            """
                .formatted(log));
    try (var program = command.start()) {
      program.assertExit(LogsWhileItStops.STATUS);
    }
    assertEquals("</log>", Files.readAllLines(log).getLast());
  }

  // Log4j 2 and Logback

  /** How what is logged by System.Logger, and so by srun, gets to the program's library. */
  enum Bridge {
    NONE,
    PLATFORM_LOGGING;

    String[] with(String... libraries) {
      List<String> all = new ArrayList<>(List.of(libraries));
      all.add("slf4j-api");
      if (this == PLATFORM_LOGGING) {
        all.add("slf4j-jdk-platform-logging");
      }
      return all.toArray(String[]::new);
    }
  }

  private Command log4j(String how, Bridge bridge, Path log) throws IOException {
    Path configuration =
        file(
            "log4j2.xml",
            """
            <Configuration status="warn">
              <Appenders>
                <File name="file" fileName="%s" bufferedIo="true" immediateFlush="false">
                  <PatternLayout pattern="%%p %%c %%m%%n" footer="closed%%n"/>
                </File>
                <Async name="async"><AppenderRef ref="file"/></Async>
              </Appenders>
              <Loggers><Root level="info"><AppenderRef ref="async"/></Root></Loggers>
            </Configuration>
            """
                .formatted(log));
    return with(
            program(how, Api.SLF4J, Api.SYSTEM),
            bridge.with("log4j-api", "log4j-core", "log4j-slf4j2-impl"))
        .jvm("-Dlog4j2.configurationFile=" + configuration);
  }

  @ParameterizedTest
  @EnumSource(Bridge.class)
  void everyLineArrivesAtLog4j(Bridge bridge) throws Exception {
    Path log = directory.resolve("log4j.log");
    try (var program = log4j("owned", bridge, log).start()) {
      program.assertExit(LogsWhileItStops.STATUS);
      assertArrivedAtBoth(bridge, closed(log), program.stderr());
    }
  }

  /** What is in a file of Log4j's that has been closed, but for the footer that shows it. */
  private static List<String> closed(Path log) throws IOException {
    List<String> lines = Files.readAllLines(log);
    assertEquals("closed", lines.getLast(), () -> String.join("\n", lines));
    return lines.subList(0, lines.size() - 1);
  }

  @Test
  void everyLineArrivesAtLog4jWhereSrunDoesNotOwnTheProcess() throws Exception {
    Path log = directory.resolve("log4j.log");
    try (var program = log4j("embedded", Bridge.PLATFORM_LOGGING, log).start()) {
      program.assertExit(LogsWhileItStops.STATUS);
      assertArrived(closed(log), Api.SLF4J, Api.SYSTEM);
    }
  }

  /** Then it is for the program to stop it. */
  @ParameterizedTest
  @EnumSource(Bridge.class)
  void aHookOfLog4jThatIsTurnedOffIsNotReplaced(Bridge bridge) throws Exception {
    Path log = directory.resolve("log4j.log");
    try (var program =
        log4j("owned", bridge, log).jvm("-Dlog4j2.shutdownHookEnabled=false").start()) {
      program.assertExit(LogsWhileItStops.STATUS);
      assertArrivedAtBoth(bridge, Files.readAllLines(log), program.stderr());
    }
  }

  /** What goes to System.Logger goes to srun's log where there is no bridge. */
  private static void assertArrivedAtBoth(Bridge bridge, List<String> file, List<String> stderr) {
    switch (bridge) {
      case PLATFORM_LOGGING -> assertArrived(file, Api.SLF4J, Api.SYSTEM);
      case NONE -> {
        assertEquals(
            LogsWhileItStops.lines(Api.SLF4J), flushes(file), () -> String.join("\n", file));
        assertArrived(stderr, Api.SYSTEM);
      }
    }
    assertTrue(
        Stream.concat(file.stream(), stderr.stream())
            .noneMatch(line -> line.contains("Runtime.exit() called")),
        () -> String.join("\n", file));
  }

  private Command logback(Bridge bridge, Path log, String hook, String appender)
      throws IOException {
    Path configuration =
        file(
            "logback.xml",
            """
            <configuration>
              %s
              <appender name="file" class="ch.qos.logback.core.FileAppender">
                <file>%s</file>
                <encoder><pattern>%%p %%logger %%msg%%n</pattern></encoder>
              </appender>
              <appender name="async" class="ch.qos.logback.classic.AsyncAppender">
                <appender-ref ref="file"/>
              </appender>
              <root level="INFO"><appender-ref ref="%s"/></root>
            </configuration>
            """
                .formatted(hook, log, appender));
    return with(
            program("owned", Api.SLF4J, Api.SYSTEM), bridge.with("logback-core", "logback-classic"))
        .jvm("-Dlogback.configurationFile=" + configuration);
  }

  @ParameterizedTest
  @EnumSource(Bridge.class)
  void everyLineArrivesAtLogback(Bridge bridge) throws Exception {
    Path log = directory.resolve("logback.log");
    try (var program = logback(bridge, log, "", "file").start()) {
      program.assertExit(LogsWhileItStops.STATUS);
      assertArrivedAtBoth(bridge, Files.readAllLines(log), program.stderr());
    }
  }

  @ParameterizedTest
  @EnumSource(Bridge.class)
  void everyLineArrivesAtLogbackThatHasAShutdownHook(Bridge bridge) throws Exception {
    Path log = directory.resolve("logback.log");
    try (var program = logback(bridge, log, "<shutdownHook/>", "async").start()) {
      program.assertExit(LogsWhileItStops.STATUS);
      assertArrivedAtBoth(bridge, Files.readAllLines(log), program.stderr());
    }
  }

  // The status

  @ParameterizedTest
  @ValueSource(ints = {0, 7, 255})
  void theExitLineHasTheStatus(int status) throws Exception {
    try (var program = ProgramUnderTest.of(ExitsWith.class, String.valueOf(status)).start()) {
      program.assertExit(status);
      program.assertLogged("exit " + status + " (clean): asked: System.exit(" + status + ")");
    }
  }

  static final class ExitsWith {
    public static void main(String[] args) {
      dev.srun.Srun.runOrExit(
          "exits", app -> app.task("library", ctx -> System.exit(Integer.parseInt(args[0]))));
    }
  }

  /** A process has the lowest eight bits of it. */
  @Test
  void theExitLineHasTheStatusAsTheProcessHasIt() throws Exception {
    try (var program = ProgramUnderTest.of(ExitsWith.class, "-1").start()) {
      program.assertExit(255);
      program.assertLogged("exit 255 (clean): asked: System.exit(-1)");
    }
  }

  @Test
  void theExitLineSaysWhereTheStatusIsNotKnown() throws Exception {
    Path services = Files.createDirectories(directory.resolve("META-INF/services"));
    Files.writeString(
        services.resolve(System.LoggerFinder.class.getName()),
        LogTest.BroughtFinder.class.getName());
    try (var program = program("owned", Api.SYSTEM).jar(directory).start()) {
      program.assertExit(LogsWhileItStops.STATUS);
      program.assertLogged("exit, status not known (clean): asked: System.exit; up ");
      assertEquals(LogsWhileItStops.lines(Api.SYSTEM), flushes(program.stderr()), program::output);
    }
  }
}
