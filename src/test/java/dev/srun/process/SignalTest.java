package dev.srun.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.Context;
import dev.srun.ServiceState;
import dev.srun.Srun;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the signals of users, shells and init systems do to a program. */
class SignalTest {

  /** For a stop that waits for nothing, on a busy machine. */
  private static final Duration AT_ONCE = Duration.ofMillis(2500);

  @ParameterizedTest
  @CsvSource({"TERM, true", "TERM, false", "INT, true", "HUP, false"})
  void aSignalStopsTheServicesInReverseAndExitsWithZero(String signal, boolean preview)
      throws Exception {
    try (var program = ProgramUnderTest.of(ThreeServices.class).preview(preview).start()) {
      program.awaitUp();
      program.signal(signal);
      program.assertExit(0, AT_ONCE);
      assertEquals(ThreeServices.JOURNAL, program.stdout());
      program.assertLogged("stopping (signal " + signal + ")");
    }
  }

  static final class OneIsStubborn {
    public static void main(String[] args) {
      Srun.runOrExit(
          "stubborn",
          app -> {
            app.service("database", new Spoken());
            app.service("cache", new Stubborn());
          });
    }
  }

  @Test
  void theSecondSignalInterruptsWhatIsLeftAndExitsWithThree() throws Exception {
    try (var program = ProgramUnderTest.of(OneIsStubborn.class).start()) {
      program.awaitUp();
      program.signal("TERM");
      program.awaitLine("pulse 1");
      program.signal("INT");
      program.assertExit(3, AT_ONCE);
      program.assertLogged("second signal");
      assertTrue(program.stdout().contains("interrupted"), program.stdout()::toString);
      assertTrue(program.stdout().contains("database stop"), program.stdout()::toString);
    }
  }

  static final class SlowToStop extends Spoken {
    @Override
    public void stop(Context ctx) throws Exception {
      Thread.sleep(Duration.ofMillis(500));
      super.stop(ctx);
    }

    public static void main(String[] args) {
      Srun.runOrExit("slow", app -> app.service("cache", new SlowToStop()));
    }
  }

  @Test
  void twoSignalsAtOnceCountAsOne() throws Exception {
    try (var program = ProgramUnderTest.of(SlowToStop.class).start()) {
      program.awaitUp();
      program.signalTogether("INT", "TERM");
      program.assertExit(0);
      assertEquals(List.of("cache init", "cache run", "cache stop"), program.stdout());
      program.assertNotLogged("second signal");
    }
  }

  static final class HookThatHangs {
    public static void main(String[] args) {
      Runtime.getRuntime().addShutdownHook(new Thread(Stubborn::pulseForEver));
      Srun.runOrExit("hook", app -> app.service("cache", new Spoken()));
    }
  }

  @Test
  void theThirdSignalEndsTheProcessThoughAShutdownHookHangs() throws Exception {
    try (var program = ProgramUnderTest.of(HookThatHangs.class).start()) {
      program.awaitUp();
      program.signal("TERM");
      program.awaitLine("pulse 1");
      program.signal("TERM");
      program.awaitLine("pulse 2");
      program.signal("INT");
      program.assertExit(130, AT_ONCE);
    }
  }

  static final class ListenerThatHangs {
    public static void main(String[] args) {
      Srun.runOrExit(
          "listener",
          app -> {
            app.service("cache", new Spoken());
            app.onStateChange(change -> {
              if (change.to() == ServiceState.SHUTTING_DOWN) {
                Stubborn.pulseForEver();
              }
            });
          });
    }
  }

  @Test
  void theSecondSignalEndsTheWaitForAStateListener() throws Exception {
    try (var program = ProgramUnderTest.of(ListenerThatHangs.class).start()) {
      program.awaitUp();
      program.signal("TERM");
      program.awaitLine("pulse 1");
      program.signal("TERM");
      program.assertExit(3, AT_ONCE);
    }
  }

  /** Hangs in the phase that its name says, until it is interrupted. */
  static final class HangsInStart extends Spoken {
    @Override
    public void init(Context ctx) throws Exception {
      super.init(ctx);
      hangIn("init", ctx);
    }

    @Override
    public void ready(Context ctx) throws Exception {
      say(ctx, "ready");
      hangIn("ready", ctx);
    }

    private static void hangIn(String phase, Context ctx) throws InterruptedException {
      if (ctx.name().equals(phase)) {
        Thread.sleep(Duration.ofMinutes(1));
      }
    }

    public static void main(String[] args) {
      Srun.runOrExit(
          "half",
          app -> {
            app.service("database", new Spoken());
            app.service(args[0], new HangsInStart());
            app.service("never", new Spoken());
          });
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void aSignalDuringInitEndsTheStartAtOnceAndStopsWhatWasStarted(String signal) throws Exception {
    try (var program = ProgramUnderTest.of(HangsInStart.class, "init").start()) {
      program.awaitLine("init init");
      program.signal(signal);
      program.assertExit(0, AT_ONCE);
      assertEquals(
          List.of("database init", "database run", "init init", "database stop"), program.stdout());
    }
  }

  @Test
  void aSignalDuringReadyEndsTheStartAtOnceAndStopsInReverse() throws Exception {
    try (var program = ProgramUnderTest.of(HangsInStart.class, "ready").start()) {
      program.awaitLine("ready ready");
      program.signal("TERM");
      program.assertExit(0, AT_ONCE);
      List<String> journal = program.stdout();
      assertEquals(List.of("ready stop", "database stop"), journal.subList(5, journal.size()));
    }
  }

  /** Its init ignores interrupts. */
  static final class StubbornInit extends Spoken {
    @Override
    public void init(Context ctx) throws Exception {
      super.init(ctx);
      Stubborn.pulseForEver();
    }

    public static void main(String[] args) {
      Srun.runOrExit(
          "half",
          app -> {
            app.service("database", new Spoken());
            app.service("cache", new StubbornInit());
          });
    }
  }

  @Test
  void aSignalDuringAnInitThatIgnoresInterruptsLeavesItBehind() throws Exception {
    try (var program = ProgramUnderTest.of(StubbornInit.class).start()) {
      program.awaitLine("cache init");
      program.signal("TERM");
      program.assertExit(3, AT_ONCE);
      assertTrue(program.stdout().contains("database stop"), program.stdout()::toString);
      program.assertLogged("cache: still in init");
      program.assertLogged("Stubborn.pulseForEver");
    }
  }

  @Test
  void quitStaysTheThreadDumpOfTheJvmAndStopsNothing() throws Exception {
    try (var program = ProgramUnderTest.of(ThreeServices.class).start()) {
      program.awaitUp();
      program.signal("QUIT");
      program.awaitLine("JNI global refs"); // where the dump ends
      program.assertNotLogged("stopping");
      program.signal("TERM");
      program.assertExit(0);
      program.assertLogged("stopping (signal TERM)");
    }
  }

  @Test
  void underNohupHangupStaysIgnoredAndTheLogSaysSo() throws Exception {
    try (var program = ProgramUnderTest.of(ThreeServices.class).startedBy("nohup").start()) {
      program.awaitUp();
      program.assertLogged("signal HUP is ignored by this process");
      program.signal("HUP");
      program.signal("TERM");
      program.assertExit(0);
      assertEquals(ThreeServices.JOURNAL, program.stdout());
      program.assertLogged("stopping (signal TERM)");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"INT", "HUP"})
  void aSignalThatTheShellHadIgnoredStaysIgnored(String signal) throws Exception {
    try (var program =
        ProgramUnderTest.of(ThreeServices.class).afterShell("trap '' " + signal).start()) {
      program.awaitUp();
      program.assertLogged("signal " + signal + " is ignored by this process");
      program.signal(signal);
      program.signal("TERM");
      program.assertExit(0);
      program.assertLogged("stopping (signal TERM)");
    }
  }

  static final class Minimal {
    public static void main(String[] args) {
      Srun.runOrExit("minimal", app -> app.task("work", ctx -> Spoken.say(ctx, "run")));
    }
  }

  @Test
  void withoutSignalsOfTheJvmTheLogSaysSoAndTheProgramRuns() throws Exception {
    try (var program = ProgramUnderTest.of(Minimal.class).jvm("-Xrs").start()) {
      program.assertExit(0);
      assertEquals(List.of("work run"), program.stdout());
      for (String signal : List.of("TERM", "INT", "HUP")) {
        program.assertLogged("signal " + signal + " cannot be handled");
      }
    }
  }
}
