package dev.srun.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A server of another library in a program that is upgraded, and what becomes of a wrong one. */
class UpgradeForeignServerTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir private Path directory;

  private Generations start(String where) throws Exception {
    String foreign = where.equals("tcp") ? where : directory.resolve("foreign").toString();
    return Generations.start(
        directory, Generations.upgradable(directory).env(Upgradable.FOREIGN, foreign));
  }

  private SocketAddress address(Generations program, String where) throws Exception {
    if (!where.equals("tcp")) {
      return UnixDomainSocketAddress.of(directory.resolve("foreign"));
    }
    return program.address("foreign");
  }

  @ParameterizedTest
  @ValueSource(strings = {"tcp", "unix"})
  void oneThatBeginsWhenItIsToldToTakesOver(String where) throws Exception {
    try (var program = start(where);
        var traffic = new Traffic()) {
      SocketAddress address = address(program, where);
      traffic.with(() -> UpgradeTest.hear(address));
      long second = program.upgrade(2);
      program.awaitGone(program.first().pid());
      assertEquals(second + " 2", UpgradeTest.hear(address));
      traffic.end();
      assertEquals(List.of(), traffic.failures());
      program.first().assertNotLogged("cannot see whether");
      program.stop();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "EARLY_THREAD, tcp",
    "EARLY_THREAD, unix",
    "EARLY_SELECTOR, tcp",
    "EARLY_SELECTOR, unix"
  })
  void oneThatAcceptsTooEarlyFailsTheUpgradeAndNobodyNotices(Upgradable.Nature nature, String where)
      throws Exception {
    try (var program = start(where);
        var traffic = new Traffic()) {
      SocketAddress address = address(program, where);
      String first = program.first().pid() + " 1";
      traffic.with(() -> UpgradeTest.hear(address));
      program.next(nature);
      program.signalFirst("HUP");
      program.first().awaitLog("upgrade failed: ");
      program
          .first()
          .assertLogged(
              "listener 'foreign': the server accepts before it was told to begin; start it in"
                  + " Acceptor.begin()");
      traffic.end();
      assertEquals(List.of(), traffic.failures());
      assertEquals(List.of(first), traffic.answers());

      program.next(Upgradable.Nature.GOOD);
      program.upgrade(2);
      program.stop();
    }
  }

  /** The old process takes one connection more, which must not be taken for the new one's. */
  @ParameterizedTest
  @ValueSource(strings = {"tcp", "unix"})
  void oneThatNobodyAcceptsFromIsRolledBackAlsoWhereNobodyConnects(String where) throws Exception {
    try (var program = start(where)) {
      SocketAddress address = address(program, where);
      program.next(Upgradable.Nature.DEAF);
      program.signalFirst("HUP");
      program.first().awaitLog("does not accept connections on listener 'foreign'");
      program.first().awaitLog("serving again");
      await().atMost(SOON).until(() -> program.alive().size() == 1);
      assertEquals(program.first().pid() + " 1", UpgradeTest.hear(address));
      program.stop();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tcp", "unix"})
  void oneThatNobodyAcceptsFromIsRolledBackAndNoConnectionIsLost(String where) throws Exception {
    try (var program = start(where);
        var traffic = new Traffic()) {
      SocketAddress address = address(program, where);
      String first = program.first().pid() + " 1";
      traffic.with(() -> UpgradeTest.hear(address)).with(() -> UpgradeTest.hear(address));
      program.next(Upgradable.Nature.DEAF);
      program.signalFirst("HUP");
      program.first().awaitLog("does not accept connections on listener 'foreign'");
      program.first().awaitLog("serving again");
      await().atMost(SOON).until(() -> program.alive().size() == 1);
      assertEquals(first, UpgradeTest.hear(address));
      traffic.end();
      assertEquals(List.of(), traffic.failures());
      assertEquals(List.of(first), traffic.answers());
      program.stop();
    }
  }
}
