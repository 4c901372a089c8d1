package dev.srun.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.Config;
import dev.srun.Exit;
import dev.srun.Running;
import dev.srun.Service;
import dev.srun.Srun;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs that keep their process in their own hands. */
class EmbeddedTest {

  static final class RunReturns {
    public static void main(String[] args) {
      Exit exit =
          Srun.run(
              "embedded",
              app ->
                  app.main(
                      "work",
                      ctx -> {
                        throw new IllegalStateException("broken");
                      }));
      System.out.println("returned " + exit.code());
    }
  }

  @Test
  void runReturnsTheExitAndLeavesTheProcessToItsMain() throws Exception {
    try (var program = ProgramUnderTest.of(RunReturns.class).start()) {
      program.assertExit(0);
      assertEquals(List.of("returned 1"), program.stdout());
    }
  }

  @Test
  void runReturnsTheExitOfAConfigurationThatIsRefused() throws Exception {
    try (var program =
        ProgramUnderTest.of(RunReturns.class).env("SRUN_GRACEFUL_TIMEOUT", "soon").start()) {
      program.assertExit(0);
      assertEquals(List.of("returned 2"), program.stdout());
      program.assertLogged("SRUN_GRACEFUL_TIMEOUT is 'soon'");
    }
  }

  /** A test of a program: srun says something at both levels. */
  static final class IsATest {
    public static void main(String[] args) throws Exception {
      try (Running app =
          Srun.start(
              Config.forTests(),
              it ->
                  it.service(
                      "api",
                      ctx -> ctx.logger().log(System.Logger.Level.INFO, "of the service"),
                      ctx -> {
                        throw new IllegalStateException("of the stop");
                      }))) {
        System.out.println(app.status().services().size() + " service, sockets: " + sockets());
      }
    }

    private static List<Path> sockets() throws IOException {
      List<Path> sockets = new ArrayList<>();
      try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
        for (Path each : descriptors) {
          if (Files.isSymbolicLink(each)) {
            Path target = Files.readSymbolicLink(each);
            if (target.toString().startsWith("socket:")) {
              sockets.add(target);
            }
          }
        }
      }
      return sockets;
    }
  }

  @Test
  void aProgramOfATestLogsWarningsAndOpensNoPort() throws Exception {
    try (var program = ProgramUnderTest.of(IsATest.class).env("SRUN_ADMIN_ADDRESS", "").start()) {
      program.assertExit(0);
      assertEquals(List.of("1 service, sockets: []"), program.stdout());
      List<String> info = program.stderr().stream().filter(it -> it.startsWith("INFO")).toList();
      assertEquals(List.of("INFO: of the service"), info);
      program.assertLogged("IllegalStateException: of the stop");
    }
  }

  static final class OnlyVirtualThreads {
    public static void main(String[] args) {
      Exit exit =
          Srun.run(
              "virtual",
              app ->
                  app.service(
                      "ticker",
                      ctx -> {
                        ctx.ready();
                        Thread.sleep(Duration.ofMillis(500));
                        System.out.println("still here");
                        Thread.sleep(Duration.ofMinutes(1));
                      }));
      System.out.println("returned " + exit.code());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theCallerOfRunKeepsAProgramOfVirtualThreadsAlive(boolean preview) throws Exception {
    try (var program = ProgramUnderTest.of(OnlyVirtualThreads.class).preview(preview).start()) {
      program.awaitLine("still here");
      program.signal("TERM");
      program.assertExit(0);
      assertEquals(List.of("still here", "returned 0"), program.stdout());
    }
  }

  static final class OneIsStubborn {
    public static void main(String[] args) {
      Exit exit = Srun.run("stubborn", app -> app.service("cache", new Stubborn()));
      System.out.println("returned " + exit.code() + " " + exit.stragglers().size());
    }
  }

  @Test
  void runReturnsWithinTheGraceThoughAServiceNeverEnds() throws Exception {
    try (var program =
        ProgramUnderTest.of(OneIsStubborn.class).env("SRUN_GRACEFUL_TIMEOUT", "1s").start()) {
      program.awaitUp();
      program.signal("TERM");
      program.assertExit(0, Duration.ofMillis(2500));
      assertEquals("returned 3 1", program.stdout().getLast());
    }
  }

  static final class GoesOnAfterRun {
    public static void main(String[] args) throws InterruptedException {
      Exit exit = Srun.run("first", app -> app.task("work", ctx -> {}));
      System.out.println("returned " + exit.code());
      Thread.sleep(Duration.ofMinutes(1));
    }
  }

  @ParameterizedTest
  @CsvSource({"TERM, 143", "INT, 130", "HUP, 129"})
  void afterRunASignalDoesWhatItDoesToAnyJvm(String signal, int code) throws Exception {
    try (var program = ProgramUnderTest.of(GoesOnAfterRun.class).start()) {
      program.awaitLine("returned 0");
      program.signal(signal);
      program.assertExit(code, Duration.ofMillis(2500));
      assertEquals(List.of("returned 0"), program.stdout());
      program.assertNotLogged("stopping (signal");
      program.assertNotLogged("System.exit");
    }
  }

  static final class LooksForRemains {
    public static void main(String[] args) {
      WeakReference<Service> service = runOnce();
      for (int i = 0; i < 100 && service.get() != null; i++) {
        System.gc();
      }
      System.out.println(service.get() == null ? "nothing refers to it" : "it is held");
    }

    private static WeakReference<Service> runOnce() {
      Service service = new Spoken();
      Srun.run(
          "once",
          app -> {
            app.service("cache", service);
            app.main("work", ctx -> {});
          });
      return new WeakReference<>(service);
    }
  }

  @Test
  void afterRunNoHookHandlerOrThreadRefersToAService() throws Exception {
    try (var program = ProgramUnderTest.of(LooksForRemains.class).start()) {
      program.assertExit(0);
      assertEquals("nothing refers to it", program.stdout().getLast());
    }
  }

  static final class TwoRunners {
    public static void main(String[] args) throws InterruptedException {
      try (Running first =
          Srun.start(Config.named("first"), app -> app.service("cache", new Spoken()))) {
        Exit second = Srun.run("second", app -> app.task("work", ctx -> Spoken.say(ctx, "run")));
        System.out.println("second " + second.code());
        System.out.println("first " + first.await().cause());
      }
      Srun.run("third", app -> app.task("work", ctx -> Spoken.say(ctx, "run")));
    }
  }

  @Test
  void aSecondRunnerRunsWithoutSignalsAndSaysSo() throws Exception {
    try (var program = ProgramUnderTest.of(TwoRunners.class).start()) {
      program.awaitLine("second 0");
      program.awaitLog("another runner of this JVM has the signals");
      program.signal("TERM");
      program.assertExit(0);
      assertEquals(
          List.of(
              "cache init",
              "cache run",
              "work run",
              "second 0",
              "cache stop",
              "first signal TERM",
              "work run"),
          program.stdout());
      long refusals =
          program.stderr().stream().filter(line -> line.contains("another runner")).count();
      assertEquals(1, refusals, "the third has them again");
    }
  }

  /** Leaves its program to itself, as an application does that srun is only a part of. */
  static final class StartsAndGoesOn {
    public static void main(String[] args) throws InterruptedException {
      Srun.start(Config.named("started"), app -> app.service("cache", new Spoken()));
      System.out.println("started");
      Thread.sleep(Duration.ofMinutes(1));
    }
  }

  @ParameterizedTest
  @CsvSource({"TERM, 143", "INT, 130", "HUP, 129"})
  void aStartedProgramStopsInOrderAndThenTheSignalEndsTheJvm(String signal, int code)
      throws Exception {
    try (var program = ProgramUnderTest.of(StartsAndGoesOn.class).start()) {
      program.awaitLine("started");
      program.signal(signal);
      program.assertExit(code, Duration.ofMillis(2500));
      assertEquals(List.of("cache init", "cache run", "started", "cache stop"), program.stdout());
      program.assertLogged("exit 0 (clean): signal " + signal);
      program.assertNotLogged("System.exit");
    }
  }

  @Test
  void aStartedProgramWhoseServiceHangsEndsTheJvmAllTheSame() throws Exception {
    try (var program = ProgramUnderTest.of(StartsWhatHangs.class).start()) {
      program.awaitLine("started");
      program.signal("TERM");
      program.assertExit(143, Duration.ofMillis(2500));
      program.assertLogged("exit 3 (forced): signal TERM");
    }
  }

  static final class StartsWhatHangs {
    public static void main(String[] args) throws InterruptedException {
      Srun.start(
          Config.named("started").grace(Duration.ofSeconds(1)),
          app -> app.service("cache", new Stubborn()));
      System.out.println("started");
      Thread.sleep(Duration.ofMinutes(1));
    }
  }

  /** Waits for the end and has its own exit code then. */
  static final class StartsAndAwaits {
    public static void main(String[] args) throws InterruptedException {
      Running running =
          Srun.start(Config.named("started"), app -> app.service("cache", new Spoken()));
      Exit exit =
          args.length == 0 ? running.await() : running.await(Duration.ofMinutes(1)).orElseThrow();
      System.out.println("returned " + exit.code());
      Thread.sleep(Duration.ofMillis(300)); // in which a signal would end the JVM
      System.exit(7);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whoeverAwaitsAStartedProgramDecidesWhatComesNext(boolean limited) throws Exception {
    String[] arguments = limited ? new String[] {"limited"} : new String[0];
    try (var program = ProgramUnderTest.of(StartsAndAwaits.class, arguments).start()) {
      program.awaitUp();
      program.signal("TERM");
      program.assertExit(7);
      assertEquals("returned 0", program.stdout().getLast());
    }
  }

  /** Closes its program itself, and goes on. */
  static final class StartsAndCloses {
    public static void main(String[] args) throws InterruptedException {
      try (Running running =
          Srun.start(Config.named("started"), app -> app.service("cache", new Spoken()))) {
        System.out.println("started " + running.isReady());
      }
      Thread.sleep(Duration.ofMillis(300)); // in which a signal would end the JVM
      System.out.println("closed");
    }
  }

  @Test
  void whoeverClosesAStartedProgramWithoutASignalGoesOn() throws Exception {
    try (var program = ProgramUnderTest.of(StartsAndCloses.class).start()) {
      program.assertExit(0);
      assertEquals("closed", program.stdout().getLast());
    }
  }

  @Test
  void aSignalThatWasIgnoredBeforeStaysIgnoredByAStartedProgram() throws Exception {
    try (var program =
        ProgramUnderTest.of(StartsAndGoesOn.class).afterShell("trap '' INT").start()) {
      program.awaitLine("started");
      program.signal("INT");
      program.signal("TERM");
      program.assertExit(143);
      program.assertLogged("exit 0 (clean): signal TERM");
    }
  }

  static final class WithoutSignals {
    public static void main(String[] args) {
      Srun.run(
          Config.named("embedded").withoutSignals(), app -> app.service("cache", new Spoken()));
    }
  }

  @Test
  void aRunnerWithoutSignalsLeavesThemToTheJvm() throws Exception {
    try (var program = ProgramUnderTest.of(WithoutSignals.class).start()) {
      program.awaitUp();
      program.signal("TERM");
      program.assertExit(143);
      assertEquals(List.of("cache init", "cache run"), program.stdout());
      assertTrue(program.stderr().stream().noneMatch(line -> line.contains("stopping")));
    }
  }
}
