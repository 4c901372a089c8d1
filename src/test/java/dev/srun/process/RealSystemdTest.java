package dev.srun.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.srun.upgrade.SocketStarter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A real systemd starts, reloads, restarts and stops a program by the README's unit, before, during
 * and after upgrades.
 */
@Tag("slow")
@Execution(ExecutionMode.SAME_THREAD)
@ParameterizedClass
@MethodSource("dev.srun.process.RealSystemd#suites")
class RealSystemdTest {
  private static final AtomicInteger UNITS = new AtomicInteger();

  /** What a stop with one quick request in flight may take on a busy machine. */
  private static final Duration STOP = Duration.ofSeconds(4);

  private static RealSystemd systemd;

  RealSystemdTest(String tree) {}

  @BeforeParameterizedClassInvocation
  static void boot(String tree) throws Exception {
    assumeTrue(
        Runtime.version().feature() > 21 || ProgramUnderTest.previewIsOn(),
        "JDK 21 upgrades with --enable-preview only");
    systemd = RealSystemd.boot(tree);
  }

  @AfterParameterizedClassInvocation
  static void end() throws Exception {
    if (systemd != null) {
      systemd.close();
      systemd = null;
    }
  }

  private static RealSystemd.Unit unit() throws IOException {
    return unit("200ms");
  }

  private static RealSystemd.Unit unit(String probation) throws IOException {
    String name = "up" + UNITS.incrementAndGet();
    var command =
        ProgramUnderTest.of(Upgradable.class)
            .jvm("--enable-native-access=ALL-UNNAMED")
            .env("SRUN_UPGRADE_PROBATION", probation)
            .env("SRUN_UPGRADE_SLOW_START", "100ms")
            .env("SRUN_ADMIN_ADDRESS", "off")
            .env(Upgradable.JOURNAL, "/run/" + name + "/exclusive")
            .env(Upgradable.NATURE, "/run/" + name + "/nature");
    return systemd.unit(name, command);
  }

  private static RealSystemd.Unit started(RealSystemd.Unit unit) throws Exception {
    unit.install();
    next(unit, Upgradable.Nature.GOOD);
    unit.systemctl("start");
    return unit;
  }

  private static void next(RealSystemd.Unit unit, Upgradable.Nature nature) throws IOException {
    Files.writeString(unit.file("nature"), nature.name());
  }

  /** A request that the program has begun to answer, and ends when it is told to. */
  private record Slow(CompletableFuture<String> answer, Path mayEnd) {
    static Slow begin(RealSystemd.Unit unit, int nth) throws Exception {
      ListenerUnderTest api = unit.api();
      var answer = new CompletableFuture<String>();
      Thread.ofPlatform()
          .daemon()
          .start(() -> {
            try {
              answer.complete(
                  api.get("/slow?" + unit.path("end" + nth), Duration.ofSeconds(40)).toString());
            } catch (IOException e) {
              answer.completeExceptionally(e);
            }
          });
      unit.awaitJournal("slow", nth);
      return new Slow(answer, unit.file("end" + nth));
    }

    String end() throws Exception {
      Files.createFile(mayEnd);
      return answer.get(10, TimeUnit.SECONDS);
    }
  }

  /** Stops it with a request in flight, which is to be answered. */
  private static void assertStopsInOrder(RealSystemd.Unit unit, int generation) throws Exception {
    long main = unit.mainPid();
    Slow slow = Slow.begin(unit, 1);
    long begun = System.nanoTime();
    Process stop = unit.begin("stop");
    unit.awaitJournal("stopping (signal TERM)");
    assertEquals("200 " + main + " " + generation, slow.end());
    assertTrue(stop.waitFor(30, TimeUnit.SECONDS), "systemctl stop does not end");
    Duration took = Duration.ofNanos(System.nanoTime() - begun);

    assertStopped(unit);
    List<String> journal = unit.journal();
    assertTrue(took.compareTo(STOP) < 0, () -> "it took " + took + ": " + journal);
    assertEquals(
        List.of(
            "up.cron STOPPED",
            "up.api STOPPED",
            "up.(telemetry) STOPPED",
            "up.(upgrader) STOPPED",
            "srun exit 0 (clean): signal TERM"),
        journal.subList(lastIndex(journal, "stopping (signal TERM)"), journal.size()).stream()
            .filter(line -> line.matches(".* logger_scope=(up\\.\\S+ STOPPED|srun exit ).*"))
            .map(line -> line.replaceAll(".* logger_scope=", "").replaceAll("; up .*", ""))
            .toList(),
        journal::toString);
  }

  private static int lastIndex(List<String> lines, String text) {
    return lines.indexOf(
        lines.stream().filter(line -> line.contains(text)).reduce((a, b) -> b).orElseThrow());
  }

  /** It ended in order, for systemd too, and nothing of it is left. */
  private static void assertStopped(RealSystemd.Unit unit) throws Exception {
    List<String> journal = unit.journal();
    assertEquals("success", unit.show("Result"), journal::toString);
    assertEquals("inactive", unit.show("ActiveState"), journal::toString);
    assertNotKilled(unit);
    assertEquals(List.of(), unit.processes(), journal::toString);
  }

  private static void assertNotKilled(RealSystemd.Unit unit) throws Exception {
    List<String> journal = unit.journal();
    assertEquals(
        List.of(),
        journal.stream()
            .filter(line -> line.contains("SIGKILL") || line.contains("not our child"))
            .toList(),
        journal::toString);
  }

  @Test
  void theUnitInTheReadmeHasNothingThatSystemdComplainsOf() throws Exception {
    try (var unit = unit().install()) {
      var verified = systemd.tried("systemd-analyze", "verify", unit.service());
      assertEquals(new RealSystemd.Result(0, ""), verified);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void aStopAfterUpgradesAnswersWhatIsInFlightAndStopsTheServicesInOrder(int upgrades)
      throws Exception {
    try (var unit = started(unit())) {
      for (int i = 0; i < upgrades; i++) {
        unit.upgrade();
        unit.awaitJournal(" has gone", i + 1);
      }
      assertStopsInOrder(unit, upgrades + 1);
    }
  }

  @Test
  void aRestartAfterAnUpgradeAnswersWhatIsInFlight() throws Exception {
    try (var unit = started(unit())) {
      long second = unit.upgrade();
      Slow slow = Slow.begin(unit, 1);
      Process restart = unit.begin("restart");
      unit.awaitJournal("stopping (signal TERM)");
      assertEquals("200 " + second + " 2", slow.end());
      assertEquals(0, restart.waitFor());

      assertNotEquals(second, unit.mainPid());
      assertNotKilled(unit);
      assertEquals("success", unit.show("Result"));
      unit.systemctl("stop");
      assertStopped(unit);
    }
  }

  @Test
  void aMainProcessThatIsKilledAfterAnUpgradeIsStartedAgain() throws Exception {
    try (var unit = started(unit())) {
      long second = unit.upgrade();
      unit.awaitJournal(" has gone");
      unit.kill(second, "KILL");
      unit.awaitMainPidOtherThan(second);
      await().until(() -> unit.show("ActiveState").equals("active"));
      assertEquals("1", unit.show("NRestarts"));
      unit.systemctl("stop");
      assertStopped(unit);
    }
  }

  @Test
  void aStopWhileTheNewProcessStartsEndsBoth() throws Exception {
    try (var unit = started(unit())) {
      next(unit, Upgradable.Nature.HANGING);
      unit.systemctl("reload");
      unit.awaitJournal("generation 2, to take over");
      long old = unit.mainPid();
      Slow slow = Slow.begin(unit, 1);
      Process stop = unit.begin("stop");
      unit.awaitJournal("stopping (signal TERM)");
      assertEquals("200 " + old + " 1", slow.end());
      assertEquals(0, stop.waitFor());
      assertStopped(unit);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"control-group", "mixed"})
  void aStopInTheProbationAnswersWhatIsInFlightInBothProcesses(String killMode) throws Exception {
    try (var unit = started(unit("1m").with("KillMode", killMode))) {
      long old = unit.mainPid();
      Slow first = Slow.begin(unit, 1);
      unit.systemctl("reload");
      unit.awaitJournal(" has taken over after ");
      Slow second = Slow.begin(unit, 2);
      assertEquals(old, unit.mainPid());
      Process stop = unit.begin("stop");
      unit.awaitJournal("srun stopping (", 2);
      assertEquals("200 " + old + " 1", first.end());
      assertTrue(second.end().endsWith(" 2"));
      assertEquals(0, stop.waitFor());
      assertStopped(unit);
    }
  }

  @Test
  void aStopWhileTheOldProcessLeavesWaitsForWhatItStillRuns() throws Exception {
    try (var unit = started(unit().with("Environment", Upgradable.STOPS_FOR + "=2000"))) {
      long old = unit.mainPid();
      unit.upgrade();
      assertTrue(unit.processes().size() >= 2, () -> "the old process has left already");
      unit.systemctl("stop");
      assertStopped(unit);
      List<String> exclusive = Files.readAllLines(unit.file("exclusive"));
      assertEquals(
          List.of("begins " + old, "runs " + old, "stops " + old, "ends " + old),
          exclusive,
          () -> exclusive.toString());
    }
  }

  @Test
  void aNewProcessThatFailsLeavesTheMainProcessAsItWas() throws Exception {
    try (var unit = started(unit("2s"))) {
      long main = unit.mainPid();
      next(unit, Upgradable.Nature.FAILING);
      unit.systemctl("reload");
      unit.awaitJournal("upgrade failed: ");
      assertEquals(main, unit.mainPid());
      assertEquals("200 " + main + " 1", unit.api().get("/who").toString());
      next(unit, Upgradable.Nature.SHORT_LIVED);
      unit.systemctl("reload");
      unit.awaitJournal("upgrade failed: ", 2);
      assertEquals(main, unit.mainPid());
      assertStopsInOrder(unit, 1);
    }
  }

  @Test
  void aSocketOfSystemdRefusesNobodyOverUpgradesStopsAndCrashes() throws Exception {
    assumeTrue(SocketStarter.isPossible(), "this JVM calls no system");
    int port = SocketStarter.freePort();
    try (var unit = unit().install().installSocket(port);
        var traffic = new Traffic()) {
      next(unit, Upgradable.Nature.GOOD);
      systemd.run("systemctl", "start", unit.socket());
      var api = new ListenerUnderTest(port);
      String first = api.get("/who", Duration.ofSeconds(30)).body();
      traffic.with(() -> api.get("/who", Duration.ofSeconds(30)).body());
      assertEquals(unit.mainPid() + " 1", first);
      long second = unit.upgrade();
      unit.awaitJournal(" has gone");
      long third = unit.upgrade();
      unit.awaitJournal(" has gone", 2);
      await().until(() -> traffic.count(third + " 3") > 0);
      traffic.end();
      assertEquals(List.of(), traffic.failures());
      assertTrue(traffic.count(second + " 2") > 0);

      // Nobody runs, and who connects waits for the program that systemd starts for it.
      unit.systemctl("stop");
      assertStopped(unit);
      assertEquals("200", api.get("/who", Duration.ofSeconds(30)).toString().substring(0, 3));
      long fresh = unit.mainPid();
      assertNotEquals(third, fresh);
      unit.kill(fresh, "KILL");
      String again = api.get("/who", Duration.ofSeconds(30)).body();
      assertEquals(unit.mainPid() + " 1", again);
      systemd.run("systemctl", "stop", unit.socket());
      unit.systemctl("stop");
      assertEquals("inactive", unit.show("ActiveState"));
    }
  }

  @Test
  void twentyUpgradesUnderLoadFailNoRequestAndTheStopIsInOrder() throws Exception {
    try (var unit = started(unit());
        var traffic = new Traffic()) {
      ListenerUnderTest api = unit.api();
      for (int i = 0; i < 4; i++) {
        traffic.pausing(Duration.ofMillis(40)).with(() -> api.get("/who").toString());
        traffic.pausing(Duration.ofMillis(40)).keptAlive(api, "/who");
      }
      for (int i = 1; i <= 20; i++) {
        unit.upgrade();
        unit.awaitJournal(" has gone", i);
      }
      traffic.end();
      assertEquals(List.of(), traffic.failures());
      assertEquals(21, traffic.answers().size(), traffic.answers()::toString);
      assertStopsInOrder(unit, 21);
    }
  }
}
