package dev.srun.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.srun.Srun;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs that do one thing and end. */
class CommandLineTest {

  static final class Hello {
    public static void main(String[] args) {
      Srun.runOrExit("greet", app -> app.main("greet", ctx -> System.out.println("hello")));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theSmallestMainPrintsItsLineAndNothingElse(boolean preview) throws Exception {
    try (var program = ProgramUnderTest.of(Hello.class).preview(preview).start()) {
      program.assertExit(0);
      assertEquals(List.of("hello"), program.stdout());
      assertEquals(List.of(), program.stderr());
    }
  }

  static final class MainTaskCompletes {
    public static void main(String[] args) {
      Srun.runOrExit(
          "import",
          app -> {
            app.service("database", new Spoken());
            app.main("work", ctx -> Spoken.say(ctx, "run"));
          });
    }
  }

  @Test
  void aCompletedMainTaskStopsTheServicesAndExitsWithZero() throws Exception {
    try (var program = ProgramUnderTest.of(MainTaskCompletes.class).start()) {
      program.assertExit(0);
      assertEquals(
          List.of("database init", "database run", "work run", "database stop"), program.stdout());
      assertEquals(List.of(), program.stderr());
    }
  }

  static final class MainTaskGoesOn {
    public static void main(String[] args) {
      Srun.runOrExit(
          "import",
          app -> {
            app.service("database", new Spoken());
            app.main(
                "work",
                ctx -> {
                  Spoken.say(ctx, "run");
                  Thread.sleep(Duration.ofMinutes(1));
                });
          });
    }
  }

  @ParameterizedTest
  @CsvSource({"TERM, 143", "INT, 130", "HUP, 129"})
  void aSignalThatCutsOffTheMainTaskGivesTheShellsExitCode(String signal, int code)
      throws Exception {
    try (var program = ProgramUnderTest.of(MainTaskGoesOn.class).start()) {
      program.awaitLine("work run");
      program.signal(signal);
      program.assertExit(code);
      assertEquals(
          List.of("database init", "database run", "work run", "database stop"), program.stdout());
    }
  }

  static final class MainTaskThrows {
    public static void main(String[] args) {
      Srun.runOrExit(
          "import",
          app -> {
            app.service("database", new Spoken());
            app.main(
                "work",
                ctx -> {
                  throw new IllegalStateException("line 7 has no amount");
                });
          });
    }
  }

  @Test
  void aMainTaskThatThrowsExitsWithOneAndIsNamed() throws Exception {
    try (var program = ProgramUnderTest.of(MainTaskThrows.class).start()) {
      program.assertExit(1);
      assertEquals(List.of("database init", "database run", "database stop"), program.stdout());
      program.assertLogged("run of work failed");
      program.assertLogged("line 7 has no amount");
    }
  }

  static final class OnlyTasks {
    public static void main(String[] args) {
      Srun.runOrExit(
          "batch",
          app -> {
            app.init("schema", ctx -> Spoken.say(ctx, "init"));
            app.task("first", ctx -> Spoken.say(ctx, "run"));
            app.task("second", ctx -> Thread.sleep(Duration.ofMillis(100)));
          });
    }
  }

  @Test
  void aProgramOfTasksEndsWhenAllAreCompleted() throws Exception {
    try (var program = ProgramUnderTest.of(OnlyTasks.class).start()) {
      program.assertExit(0);
      assertEquals(List.of("schema init", "first run"), program.stdout());
      program.assertLogged("second completed");
    }
  }

  static final class HookThatHangs {
    public static void main(String[] args) {
      Runtime.getRuntime().addShutdownHook(new Thread(Stubborn::pulseForEver));
      Srun.runOrExit("greet", app -> app.main("greet", ctx -> System.out.println("hello")));
    }
  }

  @Test
  void aShutdownHookThatHangsDoesNotKeepTheProcess() throws Exception {
    try (var program =
        ProgramUnderTest.of(HookThatHangs.class).env("SRUN_GRACEFUL_TIMEOUT", "1s").start()) {
      program.awaitLine("hello");
      program.assertExit(0, Duration.ofSeconds(3));
    }
  }
}
