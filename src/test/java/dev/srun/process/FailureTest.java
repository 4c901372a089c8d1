package dev.srun.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.srun.Context;
import dev.srun.Srun;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Exit code 1: something failed, and all that had started was stopped. */
class FailureTest {

  /** Throws in the phase that its name says. */
  static final class Failing extends Spoken {
    @Override
    public void init(Context ctx) throws Exception {
      super.init(ctx);
      failIn("init", ctx);
    }

    @Override
    public void run(Context ctx) throws Exception {
      super.run(ctx);
      failIn("run", ctx);
    }

    @Override
    public void ready(Context ctx) throws Exception {
      failIn("ready", ctx);
    }

    @Override
    public void stop(Context ctx) throws Exception {
      super.stop(ctx);
      failIn("stop", ctx);
    }

    private static void failIn(String phase, Context ctx) {
      if (ctx.name().equals(phase)) {
        throw new AssertionError("the " + phase + " of it is broken");
      }
    }

    public static void main(String[] args) {
      Srun.runOrExit(
          "failing",
          app -> {
            app.service("database", new Spoken());
            app.service("ledger", new Spoken());
            app.service(args[0], new Failing());
          });
    }
  }

  private static final List<String> BEFORE =
      List.of("database init", "database run", "ledger init", "ledger run");

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anInitThatThrowsRollsBackInReverseAndExitsWithOne(boolean preview) throws Exception {
    try (var program = ProgramUnderTest.of(Failing.class, "init").preview(preview).start()) {
      program.assertExit(1);
      assertEquals(after("init init", "ledger stop", "database stop"), program.stdout());
      program.assertLogged("init of init failed");
      program.assertLogged("AssertionError: the init of it is broken");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "ready"})
  void aStartThatThrowsLaterRollsBackInReverseAndExitsWithOne(String phase) throws Exception {
    try (var program = ProgramUnderTest.of(Failing.class, phase).start()) {
      program.assertExit(1);
      assertEquals(
          after(phase + " init", phase + " run", phase + " stop", "ledger stop", "database stop"),
          program.stdout());
      program.assertLogged(phase + " of " + phase + " failed");
    }
  }

  @Test
  void aStopThatThrowsExitsWithOneAndTheOthersAreStopped() throws Exception {
    try (var program = ProgramUnderTest.of(Failing.class, "stop").start()) {
      program.awaitUp();
      program.signal("TERM");
      program.assertExit(1);
      assertEquals(
          after("stop init", "stop run", "stop stop", "ledger stop", "database stop"),
          program.stdout());
      program.assertLogged("stop of stop failed");
      program.assertLogged("signal TERM");
    }
  }

  static final class FailsWhenUp {
    public static void main(String[] args) {
      Srun.runOrExit(
          "failing",
          app -> {
            app.service("database", new Spoken());
            app.service("ledger", new Spoken());
            app.service(
                "api",
                ctx -> {
                  ctx.ready();
                  while (!ctx.runner().status().ready()) {
                    Thread.sleep(Duration.ofMillis(5));
                  }
                  throw new StackOverflowError("too deep");
                });
          });
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aRunThatThrowsAnErrorStopsTheOthersInReverseAndExitsWithOne(boolean preview)
      throws Exception {
    try (var program = ProgramUnderTest.of(FailsWhenUp.class).preview(preview).start()) {
      program.assertExit(1);
      assertEquals(after("ledger stop", "database stop"), program.stdout());
      program.assertLogged("run of api failed");
      program.assertLogged("StackOverflowError: too deep");
    }
  }

  static final class SetupFails {
    public static void main(String[] args) {
      Srun.runOrExit(
          "failing",
          app -> {
            app.own(() -> System.out.println("closed"));
            app.service("database", new Spoken());
            throw new IOException("no such file: wallet.conf");
          });
    }
  }

  @Test
  void aSetupThatThrowsClosesWhatItOwnsAndExitsWithOne() throws Exception {
    try (var program = ProgramUnderTest.of(SetupFails.class).start()) {
      program.assertExit(1);
      assertEquals(List.of("closed"), program.stdout());
      program.assertLogged("no such file: wallet.conf");
    }
  }

  private static List<String> after(String... lines) {
    return Stream.concat(BEFORE.stream(), Arrays.stream(lines)).toList();
  }
}
