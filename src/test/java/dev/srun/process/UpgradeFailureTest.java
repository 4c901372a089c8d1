package dev.srun.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever becomes of an upgrade, one process serves, and the next upgrade works. */
class UpgradeFailureTest {

  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir private Path directory;

  private ProgramUnderTest.Command upgradable() throws IOException {
    return Generations.upgradable(directory);
  }

  private Generations start(ProgramUnderTest.Command command) throws Exception {
    return Generations.start(directory, command);
  }

  @Test
  void aChildThatFailsLeavesTheParentServing() throws Exception {
    try (var program = start(upgradable());
        var traffic = new Traffic()) {
      ListenerUnderTest api = program.api();
      traffic.with(() -> api.get("/who").toString()).keptAlive(api, "/who");

      fails(program, Upgradable.Nature.FAILING, "(generation 2) exited with 1 before it was ready");
      program.first().awaitLog("exited with 1 before it was ready; it said last:");
      program
          .first()
          .awaitLog("  | ERROR srun: init of api failed: java.io.IOException: no such database");
      fails(
          program,
          Upgradable.Nature.MISCONFIGURED,
          "(generation 2) exited with 2 before it was ready");
      assertEquals(List.of("200 " + program.first().pid() + " 1"), traffic.answers());

      program.next(Upgradable.Nature.GOOD);
      program.upgrade(2);
      assertEquals(0, program.first().awaitExitAlone(SOON));
      traffic.end();
      assertEquals(List.of(), traffic.failures());
      program.stop();
    }
  }

  @Test
  void aChildThatHangsIsEndedAndTheParentServes() throws Exception {
    try (var program = start(upgradable().env("SRUN_UPGRADE_TIMEOUT", "2s"))) {
      fails(
          program,
          Upgradable.Nature.HANGING,
          "(generation 2) was not ready after 2s and was ended");
      assertEquals("200 " + program.first().pid() + " 1", program.api().get("/who").toString());
      program.stop();
    }
  }

  private static void fails(Generations program, Upgradable.Nature nature, String how)
      throws Exception {
    program.next(nature);
    Generations.signal(program.first().pid(), "HUP");
    program.first().awaitLog(how);
    assertEquals(List.of(program.first().pid()), program.alive());
    assertEquals(List.of(), program.temporaryFiles());
    assertEquals(0, Generations.zombiesOf(program.first().pid()));
  }

  @Tag("slow")
  @Test
  void whereAChildCannotTakeTheListenersTheParentServes() throws Exception {
    Path options = Files.writeString(directory.resolve("options"), "-Dnothing=1\n");
    try (var program = start(upgradable().jvm("@" + options))) {
      Files.writeString(options, "-Dos.name=Plan9\n"); // where no system call is known
      Generations.signal(program.first().pid(), "HUP");
      program.first().awaitLog("cannot take over from pid " + program.first().pid());
      program.first().awaitLog("upgrade failed: pid ");
      assertEquals("200 " + program.first().pid() + " 1", program.api().get("/who").toString());

      Files.writeString(options, "-Dnothing=1\n");
      program.upgrade(2);
      assertEquals(0, program.first().awaitExitAlone(SOON));
      program.stop();
    }
  }

  @Test
  void aChildThatIsUnhealthySoonAfterItWasLetInGivesWayToItsParent() throws Exception {
    Path journal = directory.resolve("journal");
    var command =
        upgradable()
            .env("SRUN_UPGRADE_PROBATION", "1m")
            .env(Upgradable.JOURNAL, journal.toString());
    try (var program = start(command);
        var traffic = new Traffic()) {
      ListenerUnderTest api = program.api();
      traffic.with(() -> api.get("/who").toString()).keptAlive(api, "/who");
      program.next(Upgradable.Nature.SICK);
      Generations.signal(program.first().pid(), "HUP");
      long child = program.awaitTakeover(2);
      program
          .first()
          .awaitLog(
              "was UNHEALTHY (api UNHEALTHY: out of memory) soon after it was let in; serving again");
      program.awaitPidFile(program.first().pid());
      program.awaitGone(child);
      program.first().awaitLog("pid " + child + " has gone: exited with 0");
      assertEquals("200 " + program.first().pid() + " 1", api.get("/who").toString());
      traffic.end();
      assertEquals(List.of(), traffic.failures());
      long first = program.first().pid();
      assertEquals(List.of("begins " + first, "runs " + first), Files.readAllLines(journal));

      program.next(Upgradable.Nature.GOOD);
      Generations.signal(program.first().pid(), "HUP");
      program.first().awaitLog("(generation 2) has taken over after ", 2);
      program.awaitTakeover(2);
      program.stop();
    }
  }

  @Test
  void aChildThatDiesSoonAfterItWasLetInIsReplacedByItsParent() throws Exception {
    Path unix = directory.resolve("socket");
    var command =
        upgradable().env("SRUN_UPGRADE_PROBATION", "1m").env(Upgradable.UNIX, unix.toString());
    try (var program = start(command);
        var traffic = new Traffic()) {
      ListenerUnderTest api = program.api();
      List<SocketAddress> raw = UpgradeTest.raw(program, unix);
      program.next(Upgradable.Nature.SHORT_LIVED);
      traffic.with(() -> api.get("/who").toString()).keptAlive(api, "/who");
      for (SocketAddress address : raw) {
        traffic.with(() -> UpgradeTest.hear(address));
      }
      Generations.signal(program.first().pid(), "HUP");
      program.first().awaitLog("exited with 7 soon after it was let in; serving again");
      program.awaitPidFile(program.first().pid());
      String again = program.first().pid() + " 1";
      assertEquals("200 " + again, api.get("/who").toString());
      for (SocketAddress address : raw) {
        for (int i = 0; i < 3; i++) {
          assertEquals(again, UpgradeTest.hear(address), address::toString);
        }
      }
      traffic.end();
      assertOnlyWhatWasAcceptedFailed(traffic, 6);

      program.next(Upgradable.Nature.GOOD);
      Generations.signal(program.first().pid(), "HUP");
      program.first().awaitLog("(generation 2) has taken over after ", 2);
      program.awaitTakeover(2);
      program.signalFirst("TERM"); // it need not see the other one live for a minute
      assertEquals(0, program.first().awaitExitAlone(SOON));
      assertTrue(api.get("/who").toString().endsWith(" 2"));
      program.stop();
    }
  }

  /** Each client had one connection at most that the killed process had accepted. */
  private static void assertOnlyWhatWasAcceptedFailed(Traffic traffic, int clients) {
    List<IOException> failures = traffic.failures();
    assertTrue(failures.size() <= clients, failures::toString);
    assertTrue(failures.stream().noneMatch(ConnectException.class::isInstance), failures::toString);
  }

  @Tag("slow")
  @Test
  void aJarThatWasOverwrittenInPlaceIsRefusedAndOneThatWasRenamedIsNot() throws Exception {
    Path jar = jar("program.jar");
    try (var program = start(upgradable().jar(jar))) {
      Files.write(jar, new byte[] {0}, StandardOpenOption.APPEND);
      Generations.signal(program.first().pid(), "HUP");
      program.first().awaitLog("upgrade refused: " + jar + " was overwritten in place");
      assertEquals("200 " + program.first().pid() + " 1", program.api().get("/who").toString());

      Files.move(jar("next.jar"), jar, StandardCopyOption.ATOMIC_MOVE);
      program.upgrade(2);
      assertEquals(0, program.first().awaitExitAlone(SOON));
      program.stop();
    }
  }

  private Path jar(String name) throws IOException {
    Path jar = directory.resolve(name);
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      out.putNextEntry(new JarEntry(name));
    }
    return jar;
  }

  @Tag("slow")
  @Test
  void withAPortOfTheDebuggersAnUpgradeIsRefused() throws Exception {
    String debugger = "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:";
    int free = freePort();
    try (var program = start(upgradable().jvm(debugger + free))) {
      Generations.signal(program.first().pid(), "HUP");
      program.first().awaitLog("upgrade refused: the debugger has a port of its own");
      assertEquals("200 " + program.first().pid() + " 1", program.api().get("/who").toString());
      program.stop();
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Test
  void withoutForeignFunctionsAnUpgradeIsRefusedAndTheProgramGoesOn() throws Exception {
    boolean has = Runtime.version().feature() >= 22;
    try (var program = start(upgradable().preview(false))) {
      Generations.signal(program.first().pid(), "HUP");
      if (has) {
        program.awaitTakeover(2);
        program.awaitGone(program.first().pid());
      } else {
        program
            .first()
            .awaitLog(
                "upgrade refused: JDK 21 needs --enable-preview for it; restart the program instead");
        assertEquals("200 " + program.first().pid() + " 1", program.api().get("/who").toString());
        assertEquals(List.of(program.first().pid()), program.alive());
      }
      program.stop();
    }
  }

  /** When the one or the other is killed. */
  enum Moment {
    STARTED("as generation 2", 1),
    TAKING("(upgrader) generation 2, to take over", 1),
    READY("up.api RUNNING", 2),
    LET_IN("(upgrader) let in; ", 1),
    OVER("(generation 2) has taken over", 1);

    private final String line;
    private final int times;

    Moment(String line, int times) {
      this.line = line;
      this.times = times;
    }
  }

  @Tag("slow")
  @ParameterizedTest
  @EnumSource
  void whenTheChildIsKilledTheParentServes(Moment moment) throws Exception {
    try (var program = start(upgradable().env("SRUN_UPGRADE_PROBATION", "1m"));
        var traffic = new Traffic()) {
      ListenerUnderTest api = program.api();
      traffic.with(() -> api.get("/who").toString()).keptAlive(api, "/who");
      program.next(Upgradable.Nature.SLOW);
      Generations.signal(program.first().pid(), "HUP");
      long child = program.awaitStarted(2);
      program.first().awaitLog(moment.line, moment.times);
      Generations.signal(child, "KILL");
      program.first().awaitLog("upgrade failed: ");
      program.awaitPidFile(program.first().pid());
      assertEquals("200 " + program.first().pid() + " 1", api.get("/who").toString());
      traffic.end();
      assertOnlyWhatWasAcceptedFailed(traffic, 2);

      String text = "(generation 2) has taken over";
      int takenOver =
          (int) program.first().stderr().stream().filter(line -> line.contains(text)).count();
      program.next(Upgradable.Nature.GOOD);
      Generations.signal(program.first().pid(), "HUP");
      program.first().awaitLog(text, takenOver + 1);
      program.awaitTakeover(2);
      program.stop();
    }
  }

  @Tag("slow")
  @ParameterizedTest
  @EnumSource
  void whenTheParentIsKilledTheChildServesOrEnds(Moment moment) throws Exception {
    try (var program = start(upgradable().env("SRUN_UPGRADE_PROBATION", "1m"));
        var traffic = new Traffic()) {
      ListenerUnderTest api = program.api();
      program.next(Upgradable.Nature.SLOW);
      if (moment != Moment.STARTED) {
        traffic.with(() -> api.get("/who").toString()).keptAlive(api, "/who");
      }
      Generations.signal(program.first().pid(), "HUP");
      long child = program.awaitStarted(2);
      program.first().awaitLog(moment.line, moment.times);
      Generations.signal(program.first().pid(), "KILL");
      program.first().awaitExitAlone(SOON);
      if (moment == Moment.STARTED) {
        program.awaitGone(child);
        assertEquals(List.of(), program.temporaryFiles());
        return;
      }
      program.awaitPidFile(child);
      assertEquals("200 " + child + " 2", api.get("/who").toString());
      traffic.end();
      assertOnlyWhatWasAcceptedFailed(traffic, 2);
      program.first().awaitLog("pid " + program.first().pid() + " has gone");
      program.next(Upgradable.Nature.GOOD);
      program.upgrade(3);
      program.stop();
    }
  }
}
