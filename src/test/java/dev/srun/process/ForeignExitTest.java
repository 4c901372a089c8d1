package dev.srun.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.Context;
import dev.srun.Srun;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A {@code System.exit} that is not srun's: the same ordered stop, and the caller's exit code. */
class ForeignExitTest {

  static final class FromAnotherThread {
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
  void fromAThreadOfAnothersItStopsInReverseAndKeepsItsStatus() throws Exception {
    try (var program = ProgramUnderTest.of(FromAnotherThread.class).start()) {
      program.assertExit(7);
      assertEquals(
          List.of("database init", "database run", "api init", "api run", "api stop"),
          program.stdout().subList(0, 5));
      assertEquals("database stop", program.stdout().getLast());
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

  /** The task cannot end, since System.exit waits for the stop: it costs what is left of grace. */
  @Test
  void fromATaskItStopsTheOthersWithinTheGraceAndKeepsItsStatus() throws Exception {
    try (var program =
        ProgramUnderTest.of(FromATask.class).env("SRUN_GRACEFUL_TIMEOUT", "1s").start()) {
      program.awaitLog("asked: System.exit");
      program.assertExit(7, Duration.ofMillis(2500));
      assertTrue(program.stdout().contains("api stop"), program.stdout()::toString);
      assertTrue(program.stdout().contains("database stop"), program.stdout()::toString);
    }
  }

  static final class FromAStop extends Spoken {
    @Override
    public void stop(Context ctx) throws Exception {
      super.stop(ctx);
      System.exit(7);
    }

    public static void main(String[] args) {
      Srun.runOrExit(
          "foreign",
          app -> {
            app.service("database", new Spoken());
            app.service("api", new FromAStop());
          });
    }
  }

  @Test
  void fromAStopItDoesNotOutliveTheGrace() throws Exception {
    try (var program =
        ProgramUnderTest.of(FromAStop.class).env("SRUN_GRACEFUL_TIMEOUT", "1s").start()) {
      program.awaitUp();
      program.signal("TERM");
      program.assertExit(7, Duration.ofMillis(2500));
      assertTrue(program.stdout().contains("database stop"), program.stdout()::toString);
    }
  }
}
