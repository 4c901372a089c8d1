package dev.srun.upgrade;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a process finds in its environment, and what it leaves to the next one. */
@Timeout(60)
final class EnvironmentTest {
  private static final ProcessHandle SELF = ProcessHandle.current();

  @TempDir private Path directory;

  // The place of the generation before

  private Optional<Rendezvous.Place> place(String value) {
    return Rendezvous.Place.of(Map.of("SRUN_UPGRADE_FROM", value), SELF);
  }

  private static long endedPid() throws Exception {
    Process ended = new ProcessBuilder("true").start();
    ended.waitFor();
    return ended.pid();
  }

  @Test
  void aChildTakesOverFromItsParent() {
    long parent = SELF.parent().orElseThrow().pid();

    assertEquals(
        Optional.of(new Rendezvous.Place(parent, directory)), place(parent + ":" + directory));
  }

  @Test
  void aChildWhoseParentHasJustDiedFindsThatOut() throws Exception {
    long parent = endedPid();
    Files.createFile(directory.resolve("parent"));

    assertEquals(
        Optional.of(new Rendezvous.Place(parent, directory)), place(parent + ":" + directory));
  }

  @Test
  void whatAProgramThatHasTakenOverStartsIsJustStarted() throws Exception {
    // The variable is in its environment, and so in that of what it starts.
    assertEquals(Optional.empty(), place(endedPid() + ":" + directory));
    assertEquals(Optional.empty(), place(SELF.pid() + ":" + directory));
  }

  @Test
  void behindAShellTheVariableIsForTheProcessThatItNames() {
    String value = endOfNobody() + ":" + directory;
    String self = Long.toString(SELF.pid());
    assertEquals(
        Optional.of(new Rendezvous.Place(endOfNobody(), directory)),
        Rendezvous.Place.of(Map.of("SRUN_UPGRADE_FROM", value, "SRUN_UPGRADE_PID", self), SELF));
    assertEquals(
        Optional.empty(),
        Rendezvous.Place.of(
            Map.of(
                "SRUN_UPGRADE_FROM",
                SELF.parent().orElseThrow().pid() + ":" + directory,
                "SRUN_UPGRADE_PID",
                self + "0"),
            SELF));
  }

  private static long endOfNobody() {
    return 4_194_305; // above the highest PID that Linux gives
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", ":", "x", "x:/tmp", "1", "0:/tmp", "-1:/tmp", "1:tmp", "12345678901:/"})
  void whatNobodyHasWrittenMeansNothing(String value) {
    assertEquals(Optional.empty(), place(value));
    assertEquals(Optional.empty(), Rendezvous.Place.of(Map.of(), SELF));
  }

  @Test
  void thePlaceIsForNobodyElseAndGoesAway() throws Exception {
    Path place;
    try (Rendezvous rendezvous = Rendezvous.open()) {
      String value = rendezvous.environment().get("SRUN_UPGRADE_FROM");
      place = Path.of(value.substring(value.indexOf(':') + 1));
      assertTrue(value.startsWith(SELF.pid() + ":"));
      assertEquals(
          "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(place)));
    }
    assertFalse(Files.exists(place));
  }

  // The next process

  @Test
  void theNextProcessIsThisOneButForWhatIsMeantForOneProcess() throws Exception {
    ProcessBuilder next = Spawner.likeThisOne(Map.of("SRUN_UPGRADE_FROM", "1:/x", "MORE", "y"));
    Map<String, String> environment = next.environment();

    assertEquals("1:/x", environment.get("SRUN_UPGRADE_FROM"));
    assertEquals("y", environment.get("MORE"));
    assertEquals(System.getenv("PATH"), environment.get("PATH"));
    assertEquals(ProcessBuilder.Redirect.INHERIT, next.redirectOutput());
    assertEquals(ProcessBuilder.Redirect.INHERIT, next.redirectInput());
    assertEquals(Spawner.commandLine(), next.command());
    assertTrue(next.command().getFirst().endsWith("java"), next.command()::toString);
    assertEquals(
        Set.of(
            "SRUN_UPGRADE_FROM",
            "SRUN_UPGRADE_PID",
            "LISTEN_PID",
            "LISTEN_FDS",
            "LISTEN_FDNAMES",
            "LISTEN_PIDFDID"),
        Spawner.FOR_ONE_PROCESS);
  }

  @ParameterizedTest
  @CsvSource({
    "java -XX:AOTCacheOutput=app.aot -jar app.jar, java -jar app.jar",
    "java -ea -XX:AOTMode=record -XX:AOTConfiguration=x -cp a:b Main, java -ea -cp a:b Main",
    "java -cp a.jar -XX:ArchiveClassesAtExit=x.jsa @more -m app, java -cp a.jar @more -m app",
    "java -XX:AOTCache=app.aot -jar app.jar, java -XX:AOTCache=app.aot -jar app.jar",
    "java -jar app.jar -XX:AOTCacheOutput=mine, java -jar app.jar -XX:AOTCacheOutput=mine",
    "java Main -XX:AOTMode=record, java Main -XX:AOTMode=record",
    "java -m app/Main -XX:AOTMode=record, java -m app/Main -XX:AOTMode=record",
  })
  void aCacheIsWrittenByTheProcessThatWasStartedForThat(String own, String next) {
    assertEquals(List.of(next.split(" ")), Spawner.withoutTraining(List.of(own.split(" "))));
  }

  // Sockets that came with the start

  private static Optional<Activation> activation(String pid, String fds, String names) {
    return Activation.of(Map.of("LISTEN_PID", pid, "LISTEN_FDS", fds, "LISTEN_FDNAMES", names));
  }

  @Test
  void socketsAreNamedFromTheThirdOn() throws Exception {
    String self = Long.toString(SELF.pid());
    assertEquals(Optional.of(new Activation(List.of("api", "", ""))), activation(self, "3", "api"));
    assertEquals(Optional.of(new Activation(List.of("a", "b"))), activation(self, "2", "a:b:c"));
    assertEquals(
        Optional.of(new Activation(List.of(""))),
        Activation.of(Map.of("LISTEN_PID", self, "LISTEN_FDS", "1")));
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "'', 1", "self, 0", "self, -1", "self, x", "self, 1001", "self, 99999999999"})
  void whatIsForAnotherProcessOrNoNumberIsNone(String pid, String fds) {
    String whose = pid.equals("self") ? Long.toString(SELF.pid()) : pid;
    assertEquals(Optional.empty(), activation(whose, fds, ""));
  }

  @Test
  void socketsOfSystemdAreLentAndHaveToListen() throws Exception {
    FakeKernel kernel = new FakeKernel(new FakeKernel.World(1));
    Activation activation = new Activation(List.of("api"));
    assertThrows(IOException.class, () -> activation.sockets(kernel)); // there is no third

    kernel.add(3, UpgraderUnderTest.at(8080));
    SocketAddress api = UpgraderUnderTest.at(8080);
    Inherited its = activation.sockets(kernel).getFirst();
    assertEquals(new Inherited("api", null, api, true, its.fd()), its);
    assertEquals(List.of(3), activation.fds());
  }

  // Another process

  @Test
  void aProcessIsGoneWhenItHasEndedAndWhenNobodyHasAskedForItsExit() throws Exception {
    Process alive = new ProcessBuilder("sleep", "60").start();
    OtherProcess it = OtherProcess.of(alive.pid());
    assertFalse(it.isGone());
    assertFalse(it.awaitEnd(Duration.ofMillis(1)));
    alive.destroyForcibly().waitFor();

    assertTrue(it.awaitEnd(Duration.ofSeconds(10)));
    assertTrue(OtherProcess.of(alive.pid()).isGone());
    assertTrue(new OtherProcess(SELF.pid(), "1").isGone()); // that number is another's by now
  }

  @Test
  void aProcessWhoseParentDoesNotCareIsGone() throws Exception {
    // The shell becomes a program that never asks for the exit of its child.
    Process careless = new ProcessBuilder("sh", "-c", "sleep 60 & echo $!; exec sleep 60").start();
    try (var said = careless.inputReader()) {
      long pid = Long.parseLong(said.readLine());
      OtherProcess zombie = OtherProcess.of(pid);
      assertFalse(zombie.isGone());
      Path name = Path.of("/proc", Long.toString(careless.pid()), "comm");
      await().until(() -> Files.readString(name).strip().equals("sleep")); // no shell any more
      ProcessHandle.of(pid).orElseThrow().destroyForcibly();

      assertTrue(zombie.awaitEnd(Duration.ofSeconds(10)));
      assertTrue(Files.exists(Path.of("/proc", Long.toString(pid))));
    } finally {
      careless.destroyForcibly().waitFor();
    }
  }
}
