package dev.srun.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.Context;
import dev.srun.Exit;
import dev.srun.Srun;
import dev.srun.process.ProgramUnderTest.Command;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A {@code System.exit} that is not srun's: the same ordered stop, and the caller's exit code. It
 * never returns, and nobody waits for it: not for the grace, which is 25 s where nothing is said.
 */
class ForeignExitTest {

  private static final Duration AT_ONCE = Duration.ofMillis(2500);

  static final class FromAThreadOfItsOwn {
    public static void main(String[] args) {
      Srun.runOrExit(
          "foreign",
          app -> {
            app.service("database", new Spoken());
            app.service("api", new Spoken());
            app.task("library", ctx -> Thread.ofPlatform().start(() -> System.exit(7)));
          });
    }
  }

  @Test
  void fromAThreadOfItsOwnItStopsInReverseAndKeepsItsStatus() throws Exception {
    try (var program = ProgramUnderTest.of(FromAThreadOfItsOwn.class).start()) {
      program.awaitLine("api run");
      program.assertExit(7, AT_ONCE);
      assertEquals(
          List.of(
              "database init", "database run", "api init", "api run", "api stop", "database stop"),
          program.stdout());
      program.assertLogged("asked: System.exit");
    }
  }

  static final class FromATask {
    public static void main(String[] args) {
      Srun.runOrExit(
          "foreign",
          app -> {
            app.service("database", new Spoken());
            app.service("api", new Spoken());
            app.task("library", ctx -> System.exit(7));
          });
    }
  }

  @Test
  void fromATaskItStopsTheOthersAndKeepsItsStatus() throws Exception {
    try (var program = ProgramUnderTest.of(FromATask.class).start()) {
      program.awaitLog("asked: System.exit");
      assertStopsAndKeepsItsStatus(program, "api", "database");
    }
  }

  /** Calls it in the phase that its name says, once every service is running if that is run. */
  static final class FromAPhase extends Spoken {
    @Override
    public void init(Context ctx) throws Exception {
      super.init(ctx);
      ctx.own(() -> exitIn("close", ctx));
      exitIn("init", ctx);
    }

    @Override
    public void run(Context ctx) throws Exception {
      super.run(ctx);
      ctx.ready();
      if (ctx.name().equals("run")) {
        awaitUp(ctx);
      }
      exitIn("run", ctx);
    }

    @Override
    public void ready(Context ctx) throws Exception {
      ctx.awaitReady();
      exitIn("ready", ctx);
    }

    @Override
    public void stop(Context ctx) throws Exception {
      super.stop(ctx);
      exitIn("stop", ctx);
    }

    private static void exitIn(String phase, Context ctx) {
      if (ctx.name().equals(phase)) {
        System.exit(7);
      }
    }

    static void awaitUp(Context ctx) throws InterruptedException {
      while (!ctx.runner().status().ready()) {
        Thread.sleep(Duration.ofMillis(5));
      }
    }

    public static void main(String[] args) {
      Srun.runOrExit(
          "foreign",
          app -> {
            app.service("database", new Spoken());
            app.service(args[0], new FromAPhase());
            app.service("api", new Spoken());
          });
    }
  }

  @ParameterizedTest
  @CsvSource({"init, database", "ready, ready database", "run, api run database"})
  void fromAPhaseItStopsWhatHasStartedAndKeepsItsStatus(String phase, String stopped)
      throws Exception {
    try (var program = ProgramUnderTest.of(FromAPhase.class, phase).start()) {
      program.awaitLog("asked: System.exit");
      assertStopsAndKeepsItsStatus(program, stopped.split(" "));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"stop", "close"})
  void inTheStopItHoldsNobodyUpAndKeepsItsStatus(String phase) throws Exception {
    try (var program = ProgramUnderTest.of(FromAPhase.class, phase).start()) {
      program.awaitUp();
      program.signal("TERM");
      assertStopsAndKeepsItsStatus(program, "api", phase, "database");
    }
  }

  static final class FromTheRunOfSeveral {
    public static void main(String[] args) {
      int callers = Integer.parseInt(args[0]);
      CyclicBarrier together = new CyclicBarrier(callers);
      Srun.runOrExit(
          "foreign",
          app -> {
            app.service("database", new Spoken());
            for (int i = 0; i < callers; i++) {
              app.service(
                  "caller" + i,
                  ctx -> {
                    ctx.ready();
                    FromAPhase.awaitUp(ctx);
                    together.await();
                    System.exit(7);
                  });
            }
            app.service("api", new Spoken());
          });
    }
  }

  /** Up to JDK 23 each of them holds its carrier thread, and no other virtual thread runs. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void fromAsManyThreadsAsThereAreCarriersItStopsInReverse(int carriers) throws Exception {
    try (var program = several(carriers, carriers).start()) {
      program.awaitUp();
      assertStopsAndKeepsItsStatus(program, "api", "database");
      program.assertLogged("asked: System.exit");
    }
  }

  /** Then some of them never come to call it: to the runner they are services that do not end. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void fromMoreThreadsThanThereAreCarriersItEndsWithTheGrace(int carriers) throws Exception {
    try (var program = several(carriers + 2, carriers).env("SRUN_GRACEFUL_TIMEOUT", "1s").start()) {
      program.awaitUp();
      int code = program.awaitExit(AT_ONCE);
      assertTrue(Set.of(3, 7).contains(code), () -> "exit " + code);
      assertEquals(Set.of("api stop", "database stop"), Set.copyOf(stops(program)));
    }
  }

  private static Command several(int callers, int carriers) {
    return ProgramUnderTest.of(FromTheRunOfSeveral.class, String.valueOf(callers))
        .jvm("-Djdk.virtualThreadScheduler.parallelism=" + carriers)
        .jvm("-Djdk.virtualThreadScheduler.maxPoolSize=" + carriers);
  }

  private static void assertStopsAndKeepsItsStatus(ProgramUnderTest program, String... stopped)
      throws InterruptedException {
    program.assertExit(7, AT_ONCE);
    assertEquals(Arrays.stream(stopped).map(name -> name + " stop").toList(), stops(program));
    program.assertNotLogged("still in");
  }

  private static List<String> stops(ProgramUnderTest program) {
    Stream<String> lines = program.stdout().stream();
    return lines.filter(line -> line.endsWith(" stop")).toList();
  }

  static final class Embedded {
    public static void main(String[] args) {
      Exit exit =
          Srun.run(
              "foreign",
              app -> {
                app.service("database", new Spoken());
                app.service("run", new FromAPhase());
                app.service("api", new Spoken());
              });
      System.out.println("returned " + exit.cause());
    }
  }

  @Test
  void whereSrunDoesNotOwnTheProcessItIsTheSame() throws Exception {
    try (var program = ProgramUnderTest.of(Embedded.class).start()) {
      program.awaitLine("api run");
      assertStopsAndKeepsItsStatus(program, "api", "run", "database");
    }
  }

  static final class WhileAStopNeverEnds {
    public static void main(String[] args) {
      Srun.runOrExit(
          "foreign",
          app -> {
            app.service("database", new Spoken());
            app.service("cache", new Stubborn());
            app.task("library", ctx -> System.exit(7));
          });
    }
  }

  @Test
  void itsStatusIsNotKeptWhereTheStopOutlivesTheGrace() throws Exception {
    try (var program =
        ProgramUnderTest.of(WhileAStopNeverEnds.class).env("SRUN_GRACEFUL_TIMEOUT", "1s").start()) {
      program.awaitLine("cache stop");
      program.assertExit(3, AT_ONCE);
      assertTrue(program.stdout().contains("database stop"), program.stdout()::toString);
      program.assertLogged("cache: still in stop after");
    }
  }

  static final class FromAShutdownHook {
    public static void main(String[] args) {
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(() -> {
                System.out.println("hook");
                System.exit(9);
              }));
      Srun.runOrExit(
          "foreign",
          app -> {
            app.service("database", new Spoken());
            app.service("api", new Spoken());
          });
    }
  }

  /** Without srun such a program never ends: the hook waits for itself. */
  @Test
  void fromAShutdownHookItIsEndedWithTheGrace() throws Exception {
    try (var program =
        ProgramUnderTest.of(FromAShutdownHook.class).env("SRUN_GRACEFUL_TIMEOUT", "1s").start()) {
      program.awaitUp();
      program.signal("TERM");
      program.assertExit(0, AT_ONCE);
      assertEquals(List.of("api stop", "database stop"), stops(program));
      assertEquals("hook", program.stdout().getLast());
    }
  }
}
