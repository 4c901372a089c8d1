package dev.srun.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.Context;
import dev.srun.Srun;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Exit code 3, and every other end that time brings. */
class BudgetTest {

  /**
   * For a grace of 1 s: half a second more is srun's, 0.3 s the JVM's, the rest a busy machine's.
   */
  private static final Duration GRACE_OF_1S = Duration.ofMillis(2500);

  static final class OneIsStubborn {
    public static void main(String[] args) {
      Srun.runOrExit(
          "stubborn",
          app -> {
            app.service("database", new Spoken());
            app.service("cache", new Stubborn());
            app.service("api", new Spoken());
          });
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aServiceThatOutlivesTheGraceIsLeftBehindWithItsStack(boolean preview) throws Exception {
    try (var program =
        ProgramUnderTest.of(OneIsStubborn.class)
            .preview(preview)
            .env("SRUN_GRACEFUL_TIMEOUT", "1s")
            .start()) {
      program.awaitUp();
      program.signal("TERM");
      program.assertExit(3, GRACE_OF_1S);
      List<String> stops =
          program.stdout().stream().filter(line -> line.endsWith(" stop")).toList();
      assertEquals(List.of("api stop", "cache stop", "database stop"), stops);
      program.assertLogged("cache: still in stop after");
      program.assertLogged("Stubborn.pulseForEver");
    }
  }

  @Test
  void theRunDeadlineEndsTheProgram() throws Exception {
    try (var program =
        ProgramUnderTest.of(ThreeServices.class).env("SRUN_DEADLINE_TIMEOUT", "1s").start()) {
      program.assertExit(0);
      assertEquals(ThreeServices.JOURNAL, program.stdout());
      program.assertLogged("the run deadline of 1s passed");
    }
  }

  @Test
  void theRunDeadlineThatCutsOffTheMainTaskExitsWithThree() throws Exception {
    try (var program =
        ProgramUnderTest.of(CommandLineTest.MainTaskGoesOn.class)
            .env("SRUN_DEADLINE_TIMEOUT", "500ms")
            .start()) {
      program.assertExit(3);
      program.assertLogged("the run deadline of 500ms passed");
    }
  }

  @Test
  void anInitThatOutlivesItsLimitIsNamedAndExitsWithOne() throws Exception {
    try (var program =
        ProgramUnderTest.of(SignalTest.HangsInStart.class, "init")
            .env("SRUN_INIT_TIMEOUT", "300ms")
            .start()) {
      program.assertExit(1);
      assertEquals("database stop", program.stdout().getLast());
      program.assertLogged("init of init took longer than 300ms");
      program.assertLogged("HangsInStart.hangIn"); // where it stood
    }
  }

  @Test
  void aReadyThatOutlivesItsLimitIsNamedAndExitsWithOne() throws Exception {
    try (var program =
        ProgramUnderTest.of(SignalTest.HangsInStart.class, "ready")
            .env("SRUN_READY_TIMEOUT", "300ms")
            .start()) {
      program.assertExit(1);
      assertEquals("database stop", program.stdout().getLast());
      program.assertLogged("ready of ready took longer than 300ms");
      program.assertLogged("HangsInStart.hangIn");
    }
  }

  /** Leaves a thread behind that keeps a JVM up, and ends as the argument says. */
  static final class LeavesAThread {
    public static void main(String[] args) {
      Srun.runOrExit(
          "leaves",
          app -> {
            app.init("library", ctx -> new Thread(Stubborn::pulseForEver).start());
            app.service("database", new Spoken());
            app.main("work", ctx -> work(args[0]));
          });
    }

    private static void work(String end) throws InterruptedException {
      System.out.println("works");
      switch (end) {
        case "returns" -> {}
        case "throws" -> throw new IllegalStateException("broken");
        default -> Thread.sleep(Duration.ofMinutes(1));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"returns, 0", "throws, 1", "waits for TERM, 143"})
  void aThreadThatAServiceLeftBehindHoldsNothingUp(String end, int code) throws Exception {
    try (var program = ProgramUnderTest.of(LeavesAThread.class, end).start()) {
      program.awaitLine("works");
      if (code == 143) {
        program.signal("TERM");
      }
      program.assertExit(code, GRACE_OF_1S);
      assertTrue(program.stdout().contains("database stop"), program.stdout()::toString);
    }
  }

  /** Says what a load balancer would see, of a server that srun does not know of. */
  static final class Watcher extends Spoken {
    @Override
    public void init(Context ctx) throws Exception {
      super.init(ctx);
      ctx.own(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
    }

    @Override
    public void run(Context ctx) throws Exception {
      ctx.ready();
      await(true, ctx);
      say(ctx, "sees ready");
      await(false, ctx);
      say(ctx, "sees not ready");
    }

    private static void await(boolean ready, Context ctx) throws InterruptedException {
      while (ctx.runner().status().ready() != ready) {
        Thread.sleep(Duration.ofMillis(5));
      }
    }

    public static void main(String[] args) {
      Srun.runOrExit(
          "drain",
          app -> {
            app.service("watcher", new Watcher());
            app.service("api", new Spoken());
          });
    }
  }

  private static final List<String> DRAINED =
      List.of(
          "watcher init",
          "api init",
          "api run",
          "watcher sees ready",
          "watcher sees not ready",
          "api stop",
          "watcher stop");

  @Test
  void readinessIsFalseForAsLongAsTheDrainBeforeTheFirstStop() throws Exception {
    assertDrains(Duration.ofSeconds(1), "SRUN_DRAIN", "1s");
  }

  @Test
  @Tag("slow")
  void underKubernetesTheDrainIsFiveSeconds() throws Exception {
    assertDrains(Duration.ofSeconds(5), "KUBERNETES_SERVICE_HOST", "10.96.0.1");
  }

  private static void assertDrains(Duration drain, String variable, String value) throws Exception {
    try (var program = ProgramUnderTest.of(Watcher.class).env(variable, value).start()) {
      program.awaitLine("watcher sees ready");
      long before = System.nanoTime();
      program.signal("TERM");
      program.awaitLine("api stop");
      Duration waited = Duration.ofNanos(System.nanoTime() - before);
      assertTrue(waited.compareTo(drain) >= 0, () -> "the first stop came after " + waited);
      program.assertExit(0);
      assertEquals(DRAINED, program.stdout());
    }
  }

  @Test
  void underKubernetesAGraceThatIsShorterLeavesTheStopsTheirTime() throws Exception {
    try (var program =
        ProgramUnderTest.of(ThreeServices.class)
            .env("KUBERNETES_SERVICE_HOST", "10.96.0.1")
            .env("SRUN_GRACEFUL_TIMEOUT", "1s")
            .start()) {
      program.awaitUp();
      program.signal("TERM");
      program.assertExit(0, GRACE_OF_1S);
      assertEquals(ThreeServices.JOURNAL, program.stdout());
    }
  }

  @Test
  @Tag("slow")
  void theDefaultGraceLetsAStopOfTwentySecondsEnd() throws Exception {
    try (var program = ProgramUnderTest.of(TwentySeconds.class).start()) {
      program.awaitUp();
      program.signal("TERM");
      program.assertExit(0, Duration.ofSeconds(25));
      assertEquals(List.of("cache init", "cache run", "cache stop"), program.stdout());
    }
  }

  static final class TwentySeconds extends Spoken {
    @Override
    public void stop(Context ctx) throws Exception {
      Thread.sleep(Duration.ofSeconds(20));
      super.stop(ctx);
    }

    public static void main(String[] args) {
      Srun.runOrExit("patient", app -> app.service("cache", new TwentySeconds()));
    }
  }
}
