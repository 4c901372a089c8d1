package dev.srun.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.srun.upgrade.NotifySocket;
import dev.srun.upgrade.SocketStarter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a program tells systemd, and what it takes from it. */
class SystemdTest {

  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir private Path directory;

  @Test
  void systemdIsToldWhoServesAndOnlyTheLastGenerationStops() throws Exception {
    Path path = directory.resolve("notify");
    Optional<NotifySocket> open = NotifySocket.open(path);
    assumeTrue(open.isPresent(), "this JVM calls no system");
    try (NotifySocket socket = open.get();
        var program =
            Generations.start(
                directory,
                Generations.upgradable(directory).env("NOTIFY_SOCKET", path.toString()))) {
      await().atMost(SOON).until(() -> socket.messages().size() == 1);
      long second = program.upgrade(2);
      assertEquals(0, program.first().awaitExitAlone(SOON));
      List<String> before = socket.messages();
      program.stop();
      await().atMost(SOON).until(() -> socket.messages().size() > before.size());

      List<String> all = socket.messages();
      assertEquals("READY=1\nSTATUS=generation 1 serves", all.get(0));
      assertTrue(all.get(1).startsWith("MAINPID=" + second + "\nSTATUS="), all::toString);
      assertEquals(List.of("BARRIER=1", "STOPPING=1"), all.subList(2, all.size()));
      assertEquals(3, before.size(), before::toString);
    }
  }

  @Test
  void aSupervisorThatStopsTheOldProcessInTheProbationStopsBothAndTheOldOneEndsLast()
      throws Exception {
    Path path = directory.resolve("notify");
    Optional<NotifySocket> open = NotifySocket.open(path);
    assumeTrue(open.isPresent(), "this JVM calls no system");
    try (NotifySocket socket = open.get();
        var program =
            Generations.start(
                directory,
                Generations.upgradable(directory)
                    .env("SRUN_UPGRADE_PROBATION", "1m")
                    .env("NOTIFY_SOCKET", path.toString()))) {
      long second = program.upgrade(2);
      program.signalFirst("TERM");
      assertEquals(0, program.first().awaitExitAlone(SOON));

      assertEquals(List.of(), program.alive());
      program.first().assertLogged("(upgrader) STOPPED");
      program.first().assertLogged(", which supervises it, was stopped");
      program.assertNothingLeft();
      assertTrue(
          socket.messages().stream().noneMatch(message -> message.startsWith("MAINPID=" + second)),
          socket.messages()::toString);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aSocketThatSystemdHasOpenedIsTakenByItsNameOrItsAddress(boolean byName) throws Exception {
    assumeTrue(SocketStarter.isPossible(), "this JVM calls no system");
    int port = SocketStarter.freePort();
    var command =
        Generations.upgradable(directory)
            .startedBy(SocketStarter.command(port, byName ? "api" : "web.socket"));
    if (!byName) {
      command.env(Upgradable.PORT, String.valueOf(port));
    }
    try (var program = Generations.start(directory, command)) {
      program.first().assertLogged("(upgrader) started with ");
      assertEquals(port, program.api().port());
      assertEquals("200 " + program.first().pid() + " 1", program.api().get("/who").toString());
      long second = program.upgrade(2);
      assertEquals(0, program.first().awaitExitAlone(SOON));
      assertEquals("200 " + second + " 2", program.api().get("/who").toString());
      String process = program.api().get("/process").body();
      assertTrue(process.lines().noneMatch(line -> line.startsWith("env.LISTEN_")), process);
      program.stop();
    }
  }
}
