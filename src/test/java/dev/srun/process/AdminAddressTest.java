package dev.srun.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.Context;
import dev.srun.ServiceStatus;
import dev.srun.Srun;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Which programs have an admin server, where, and what becomes of those that cannot have theirs.
 */
class AdminAddressTest {

  /** The standard address: a blank variable counts as none. */
  private static final String STANDARD = "";

  private static final int STANDARD_PORT = 8778;

  @Test
  void aChosenAddressThatIsTakenFailsTheStartBeforeAnythingElseIsStarted() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1:" + taken.getLocalPort();
      try (var program =
          ProgramUnderTest.of(ThreeServices.class).env("SRUN_ADMIN_ADDRESS", address).start()) {
        program.assertExit(1);
        assertEquals(List.of(), program.stdout());
        program.assertLogged("init of (admin) failed");
        program.assertLogged("listener 'admin' cannot listen on");
        program.assertLogged(address);
        program.assertLogged("already in use by pid " + ProcessHandle.current().pid());
        program.assertNotLogged("\tat "); // a stack would tell nothing more
      }
    }
  }

  @Test
  void theStandardAddressMayBeTakenTheProgramWarnsAndRuns() throws Exception {
    try (var socket = new ServerSocket()) {
      takeStandardPort(socket);
      try (var program =
          ProgramUnderTest.of(ThreeServices.class).env("SRUN_ADMIN_ADDRESS", STANDARD).start()) {
        program.awaitUp();
        String warning =
            program.stderr().stream().filter(line -> line.contains(" WARNING ")).findFirst().get();
        assertTrue(warning.contains("listener 'admin' cannot listen on"), warning);
        assertTrue(warning.contains(":" + STANDARD_PORT), warning);
        assertTrue(warning.contains("going on without"), warning);
        assertTrue(warning.contains("SRUN_ADMIN_ADDRESS"), warning);
        program.signal("TERM");
        program.assertExit(0);
        assertEquals(ThreeServices.JOURNAL, program.stdout());
      }
    }
  }

  /** If somebody else on this machine has it, that is as good. */
  private static void takeStandardPort(ServerSocket socket) throws IOException {
    try {
      socket.bind(new InetSocketAddress(STANDARD_PORT));
    } catch (BindException taken) {
      // What counts is that the program cannot have it.
    }
  }

  /** Says what services there are; its one service, task or main task is called work. */
  static final class OneOf {
    public static void main(String[] args) {
      Srun.runOrExit(
          "one",
          app -> {
            switch (args[0]) {
              case "service" -> app.service("work", OneOf::sayWhatThereIs);
              case "task" -> app.task("work", OneOf::sayWhatThereIs);
              case "main" -> app.main("work", OneOf::sayWhatThereIs);
              default -> throw new IllegalArgumentException(args[0]);
            }
          });
    }

    private static void sayWhatThereIs(Context ctx) {
      System.out.println(
          ctx.runner().status().services().stream().map(ServiceStatus::name).toList());
    }
  }

  @Test
  void whereItIsOffThereIsNoneInStatusNorLog() throws Exception {
    try (var program =
        ProgramUnderTest.of(OneOf.class, "service").env("SRUN_ADMIN_ADDRESS", "off").start()) {
      program.awaitUp();
      program.signal("TERM");
      program.assertExit(0);
      assertEquals(List.of("[(telemetry), work]"), program.stdout());
      program.assertNotLogged("admin");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"task", "main"})
  void aProgramThatOnlyHasTasksHasNoneByDefault(String kind) throws Exception {
    try (var program =
        ProgramUnderTest.of(OneOf.class, kind).env("SRUN_ADMIN_ADDRESS", STANDARD).start()) {
      program.assertExit(0);
      assertEquals(List.of("[work]"), program.stdout());
      program.assertNotLogged("admin");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"task", "main"})
  void aProgramThatOnlyHasTasksHasOneWhereChosenAndEndsByItself(String kind) throws Exception {
    try (var program =
        ProgramUnderTest.of(OneOf.class, kind).withAdmin().env("SRUN_LOG_LEVEL", "info").start()) {
      program.assertExit(0);
      assertEquals(List.of("[(admin), work]"), program.stdout());
      program.assertLogged(", admin=http://127.0.0.1:");
      assertEquals(
          List.of("(admin) RUNNING", "work RUNNING", "work STOPPED", "(admin) STOPPED"),
          landmarks(program, "one"));
    }
  }

  @Test
  void itIsTheFirstToStartAndTheLastToStop() throws Exception {
    try (var program = ProgramUnderTest.of(ThreeServices.class).withAdmin().start()) {
      program.awaitUp();
      program.signal("TERM");
      program.assertExit(0);
      assertEquals(
          List.of(
              "(admin) RUNNING",
              "(telemetry) RUNNING",
              "database RUNNING",
              "ledger RUNNING",
              "api RUNNING",
              "api STOPPED",
              "ledger STOPPED",
              "database STOPPED",
              "(telemetry) STOPPED",
              "(admin) STOPPED"),
          landmarks(program, "three"));
    }
  }

  private static List<String> landmarks(ProgramUnderTest program, String name) {
    Pattern state = Pattern.compile("logger_scope=" + name + "\\.(\\S+ (?:RUNNING|STOPPED))");
    return program.stderr().stream()
        .flatMap(line -> state.matcher(line).results())
        .map((MatchResult found) -> found.group(1))
        .toList();
  }

  // The token of the debug tools

  @ParameterizedTest
  @CsvSource({
    "'',               holds 0 characters: expected 16 at least",
    "' \n',            holds 0 characters: expected 16 at least",
    "hunter2-hunter2,  holds 15 characters: expected 16 at least",
  })
  void aTokenThatIsTooShortIsRefusedAndNotShown(
      String content, String complaint, @TempDir Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("token"), content);
    try (var program = withToken(file)) {
      program.assertExit(2);
      assertEquals(List.of(), program.stdout());
      program.assertLogged("the token file of the debug tools, " + file + ", " + complaint);
      program.assertNotLogged("hunter2");
    }
  }

  @Test
  void aTokenFileThatIsNotThereIsRefusedByItsName(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("token");
    try (var program = withToken(file)) {
      program.assertExit(2);
      assertEquals(List.of(), program.stdout());
      program.assertLogged(
          "the token file of the debug tools, " + file + ": there is no such file");
    }
  }

  @Test
  void aTokenIsAskedForByTheToolsAndNotByTheProbes(@TempDir Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("token"), "hunter2-hunter2-hunter2\n");
    try (var program = withToken(file)) {
      ListenerUnderTest admin = program.awaitListener("admin");
      assertEquals(401, admin.get("/debug/cmdline").status());
      assertEquals(200, admin.get("/livez").status());
      program.awaitUp();
      program.signal("TERM");
      program.assertExit(0);
      program.assertNotLogged("hunter2");
    }
  }

  private static ProgramUnderTest withToken(Path file) throws IOException {
    return ProgramUnderTest.of(ThreeServices.class)
        .withAdmin()
        .env("SRUN_ADMIN_DEBUG", "token")
        .env("SRUN_ADMIN_TOKEN_FILE", file.toString())
        .start();
  }
}
