package dev.srun.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.Config;
import dev.srun.Exit;
import dev.srun.Registrar;
import dev.srun.Srun;
import dev.srun.StartFailedException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Signals, and calls of System.exit, while a program is still in its setup. */
class SetupSignalTest {

  /** For a stop that waits for nothing, on a busy machine. */
  private static final Duration AT_ONCE = Duration.ofMillis(2500);

  /** What a setup does when it has registered something and owns something. */
  private static void doThen(String what, Registrar app) throws Exception {
    app.own(() -> System.out.println("closed"));
    app.service("database", new Spoken());
    System.out.println("in setup");
    switch (what) {
      case "sleep" -> Thread.sleep(Duration.ofMinutes(1));
      case "return" -> sleepUntilInterrupted();
      case "main" -> {
        app.main("work", ctx -> Spoken.say(ctx, "run"));
        Thread.sleep(Duration.ofMinutes(1));
      }
      case "fail" -> {
        sleepUntilInterrupted();
        throw new IllegalStateException("cannot undo that");
      }
      case "ignore" -> Stubborn.pulseForEver();
      case "exit" -> System.exit(7);
      case "exitOnInterrupt" -> {
        sleepUntilInterrupted();
        System.exit(7);
      }
      case "exitElsewhere" -> {
        Thread.ofPlatform().start(() -> System.exit(7));
        Thread.sleep(Duration.ofMinutes(1));
      }
      case "nap" -> Thread.sleep(Duration.ofMillis(1500));
      default -> throw new AssertionError(what);
    }
  }

  private static void sleepUntilInterrupted() {
    try {
      Thread.sleep(Duration.ofMinutes(1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  static final class Owning {
    public static void main(String[] args) {
      Srun.runOrExit("slow", app -> doThen(args[0], app));
    }
  }

  /** Waits until a setup that ignores interrupts was interrupted, longer than echoes come. */
  private static void awaitInterruptAndPulse(ProgramUnderTest program) throws Exception {
    program.awaitLine("interrupted");
    int lines = program.stdout().size();
    program.awaitLine("pulse " + (lines + 1)); // not the next, but the one after
  }

  private static ProgramUnderTest start(String what) throws Exception {
    ProgramUnderTest program = ProgramUnderTest.of(Owning.class, what).start();
    program.awaitLine("in setup");
    return program;
  }

  @ParameterizedTest
  @CsvSource({"TERM, sleep", "INT, sleep", "HUP, sleep", "TERM, return"})
  void aSignalEndsTheSetupStartsNothingAndClosesWhatItOwns(String signal, String what)
      throws Exception {
    try (var program = start(what)) {
      program.signal(signal);
      program.assertExit(0, AT_ONCE);
      assertEquals(List.of("in setup", "closed"), program.stdout());
      program.assertLogged("signal " + signal + " during the setup: interrupting it");
      program.assertLogged("exit 0 (clean): signal " + signal);
    }
  }

  @ParameterizedTest
  @CsvSource({"TERM, 143", "INT, 130"})
  void aMainTaskThatIsNeverBegunIsCutOff(String signal, int code) throws Exception {
    try (var program = start("main")) {
      program.signal(signal);
      program.assertExit(code, AT_ONCE);
      assertEquals(List.of("in setup", "closed"), program.stdout());
    }
  }

  @Test
  void whatTheSetupThrowsOfItselfAfterASignalIsAFailure() throws Exception {
    try (var program = start("fail")) {
      program.signal("TERM");
      program.assertExit(1, AT_ONCE);
      assertEquals(List.of("in setup", "closed"), program.stdout());
      program.assertLogged("cannot undo that");
      program.assertLogged("exit 1 (failures): signal TERM");
    }
  }

  @Test
  void aSetupThatIgnoresTheInterruptIsReportedAndEndsWithTheGrace() throws Exception {
    try (var program =
        ProgramUnderTest.of(Owning.class, "ignore").env("SRUN_GRACEFUL_TIMEOUT", "1s").start()) {
      program.awaitLine("in setup");
      long since = System.nanoTime();
      program.signal("TERM");
      program.assertExit(3, AT_ONCE);
      Duration took = Duration.ofNanos(System.nanoTime() - since);
      assertTrue(took.compareTo(Duration.ofSeconds(1)) >= 0, took::toString);
      long interrupts = program.stdout().stream().filter("interrupted"::equals).count();
      assertEquals(1, interrupts);
      program.assertLogged("(setup): still in setup after ");
      program.assertLogged(" of 1s, at dev.srun.process.Stubborn.pulseForEver(");
      program.assertLogged("exit 3 (forced): signal TERM; left behind: (setup) in setup");
    }
  }

  @Test
  void theSecondSignalLeavesSuchASetupASecond() throws Exception {
    try (var program = start("ignore")) {
      program.signal("TERM");
      awaitInterruptAndPulse(program);
      program.signal("INT");
      program.assertExit(3, AT_ONCE);
      program.assertLogged("(setup): still in setup after");
    }
  }

  @Test
  void theThirdSignalEndsSuchASetupAtOnce() throws Exception {
    try (var program = start("ignore")) {
      program.signal("TERM");
      awaitInterruptAndPulse(program);
      program.signalTwice("TERM", Duration.ofMillis(500)); // a second one leaves a second
      program.assertExit(143, AT_ONCE);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"exit", "exitElsewhere"})
  void aForeignExitKeepsItsStatusAndClosesWhatTheSetupOwns(String what) throws Exception {
    try (var program = start(what)) {
      program.assertExit(7, AT_ONCE);
      assertEquals(List.of("in setup", "closed"), program.stdout());
      program.assertLogged("asked: System.exit");
      program.assertNotLogged("still in");
    }
  }

  @Test
  void anExitBecauseOfTheInterruptKeepsItsStatusToo() throws Exception {
    try (var program = start("exitOnInterrupt")) {
      program.signal("TERM");
      program.assertExit(7, AT_ONCE);
      assertEquals(List.of("in setup", "closed"), program.stdout());
    }
  }

  @Test
  void hangUpUpgradesNothingInASetupAndEndsNothing() throws Exception {
    try (var program =
        ProgramUnderTest.of(Owning.class, "nap")
            .env("SRUN_UPGRADE", "on")
            .startedBy("setsid", "-w")
            .start()) {
      program.awaitLine("in setup");
      program.signal("HUP");
      program.awaitLog("upgrade refused: the program is still starting");
      program.awaitUp();
      program.signal("TERM");
      program.assertExit(0, AT_ONCE);
    }
  }

  // Where srun does not own the process

  static final class Embedded {
    public static void main(String[] args) {
      if (args[1].equals("interrupted")) {
        Thread.currentThread().interrupt();
      }
      String code;
      try {
        code = args.length == 2 ? "returned " + run(args[0]).code() : start(args[0]);
      } catch (StartFailedException e) {
        code = "failed " + e.exit().code();
      }
      System.out.println(code + ", interrupted " + Thread.currentThread().isInterrupted());
    }

    private static Exit run(String what) {
      return Srun.run(
          "slow",
          app -> {
            Thread.interrupted(); // so that it can sleep
            doThen(what, app);
          });
    }

    private static String start(String what) {
      return "started " + Srun.start(Config.named("slow"), app -> doThen(what, app));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theCallerOfRunGetsTheExitAndItsOwnInterruptStatus(boolean interrupted) throws Exception {
    for (String what : List.of("sleep", "return")) {
      String before = interrupted ? "interrupted" : "as usual";
      try (var program = ProgramUnderTest.of(Embedded.class, what, before).start()) {
        program.awaitLine("in setup");
        program.signal("TERM");
        program.assertExit(0, AT_ONCE);
        assertEquals(
            List.of("in setup", "closed", "returned 0, interrupted " + interrupted),
            program.stdout());
      }
    }
  }

  @Test
  void theCallerOfStartGetsTheExitAsAnException() throws Exception {
    try (var program = ProgramUnderTest.of(Embedded.class, "sleep", "as usual", "start").start()) {
      program.awaitLine("in setup");
      program.signal("TERM");
      program.assertExit(0, AT_ONCE);
      assertEquals(List.of("in setup", "closed", "failed 0, interrupted false"), program.stdout());
    }
  }

  /** The caller is in the setup itself, so that nobody else could end the process. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anEmbeddedSetupThatIgnoresTheInterruptLeavesTheSignalToTheJvm(boolean thrice)
      throws Exception {
    String grace = thrice ? "25s" : "1s";
    try (var program =
        ProgramUnderTest.of(Embedded.class, "ignore", "as usual")
            .env("SRUN_GRACEFUL_TIMEOUT", grace)
            .start()) {
      program.awaitLine("in setup");
      program.signal("TERM");
      if (thrice) {
        awaitInterruptAndPulse(program);
        program.signalTwice("TERM", Duration.ofMillis(500)); // a second one leaves a second
      }
      program.assertExit(143, AT_ONCE);
      program.assertLogged("(setup): still in setup after");
      program.assertLogged("the setup does not end: the signal goes to its former handler");
    }
  }

  // The same assumption elsewhere: what the setup owns is closed whatever comes before its turn

  @Test
  void whatTheSetupOwnsIsClosedAlsoWhereTheAdminServerCannotStart() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var program =
            ProgramUnderTest.of(Owning.class, "nap")
                .env("SRUN_ADMIN_ADDRESS", "127.0.0.1:" + taken.getLocalPort())
                .start()) {
      program.assertExit(1);
      assertEquals(List.of("in setup", "closed"), program.stdout());
      program.assertLogged("init of (admin) failed");
    }
  }
}
