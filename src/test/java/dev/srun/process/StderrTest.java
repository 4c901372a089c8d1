package dev.srun.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.Context;
import dev.srun.Srun;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A log that nobody takes never holds a program up. */
class StderrTest {

  private static final Duration AT_ONCE = Duration.ofMillis(2500);

  /** Logs more than any pipe holds. */
  static final class Talkative extends Spoken {
    @Override
    public void run(Context ctx) throws Exception {
      for (int i = 0; i < 5_000; i++) {
        ctx.logger()
            .log(System.Logger.Level.INFO, "a line of some length for the log, number " + i);
      }
      super.run(ctx);
    }

    public static void main(String[] args) {
      Srun.runOrExit(
          "talkative",
          app -> {
            app.service("database", new Spoken());
            app.service("api", new Talkative());
            app.service("last", new Spoken());
          });
    }
  }

  @Test
  void aFullPipeThatNobodyReadsHoldsNothingUp() throws Exception {
    try (var program = ProgramUnderTest.of(Talkative.class).withStderrThatNobodyReads().start()) {
      program.awaitLine("last run");
      program.signal("TERM");
      program.assertExit(0, AT_ONCE);
      assertEquals("database stop", program.stdout().getLast());
    }
  }

  /** Holds the lock of System.err for ever, as a print to a full pipe does. */
  static final class HoldsSystemErr extends Spoken {
    @Override
    public void init(Context ctx) throws Exception {
      Thread.ofPlatform().daemon().start(HoldsSystemErr::print);
      super.init(ctx);
    }

    private static void print() {
      while (true) {
        System.err.println("a line of some length for whoever reads it");
      }
    }

    public static void main(String[] args) {
      Srun.runOrExit("prints", app -> app.service("api", new HoldsSystemErr()));
    }
  }

  @Test
  void aProgramThatIsStuckInSystemErrIsStoppedAllTheSame() throws Exception {
    try (var program =
        ProgramUnderTest.of(HoldsSystemErr.class).withStderrThatNobodyReads().start()) {
      program.awaitLine("api run");
      program.signal("TERM");
      program.assertExit(0, AT_ONCE);
      assertEquals("api stop", program.stdout().getLast());
    }
  }

  @Test
  void aClosedStderrHoldsNothingUp() throws Exception {
    try (var program = ProgramUnderTest.of(ThreeServices.class).afterShell("exec 2>&-").start()) {
      program.awaitLine("api run");
      program.signal("TERM");
      program.assertExit(0, AT_ONCE);
      assertEquals(ThreeServices.JOURNAL, program.stdout());
      assertTrue(program.stderr().isEmpty(), program.stderr()::toString);
    }
  }

  /** Its log fills any pipe, and then nothing of it ends. */
  static final class EverythingHangs extends Spoken {
    @Override
    public void run(Context ctx) throws Exception {
      ctx.ready();
      if (ctx.name().equals("api")) {
        new Talkative().run(ctx);
      }
      Stubborn.pulseForEver();
    }

    @Override
    public void stop(Context ctx) throws Exception {
      super.stop(ctx);
      Stubborn.pulseForEver();
    }

    public static void main(String[] args) {
      Srun.runOrExit(
          "hangs",
          app -> {
            app.service("database", new EverythingHangs());
            app.service("cache", new EverythingHangs());
            app.service("api", new EverythingHangs());
          });
    }
  }

  @Test
  void aFullPipeLeavesWhatHangsBehindInTime() throws Exception {
    try (var program =
        ProgramUnderTest.of(EverythingHangs.class)
            .withStderrThatNobodyReads()
            .env("SRUN_GRACEFUL_TIMEOUT", "500ms")
            .start()) {
      program.awaitLine("api run");
      assertIsForcedToEnd(program);
    }
  }

  @Test
  void aClosedStderrLeavesWhatHangsBehindInTime() throws Exception {
    try (var program =
        ProgramUnderTest.of(EverythingHangs.class)
            .afterShell("exec 2>&-")
            .env("SRUN_GRACEFUL_TIMEOUT", "500ms")
            .start()) {
      program.awaitLine("api run");
      assertIsForcedToEnd(program);
      assertTrue(program.stderr().isEmpty(), program.stderr()::toString);
    }
  }

  private static void assertIsForcedToEnd(ProgramUnderTest program) throws Exception {
    program.signal("TERM");
    program.assertExit(3, AT_ONCE);
    List<String> stops =
        program.stdout().stream().filter(line -> line.endsWith(" stop")).sorted().toList();
    assertEquals(List.of("api stop", "cache stop", "database stop"), stops);
  }
}
