package dev.srun.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A running program is replaced by a new process of it, and nobody who asks it notices. */
class UpgradeTest {

  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir private Path directory;

  private ProgramUnderTest.Command upgradable() throws IOException {
    return Generations.upgradable(directory);
  }

  private Generations start(ProgramUnderTest.Command command) throws Exception {
    return Generations.start(directory, command);
  }

  /** What a process says of itself, without what tells it from the one before. */
  private static List<String> inherited(ListenerUnderTest api) throws IOException {
    return api.get("/process")
        .body()
        .lines()
        .filter(line -> !line.matches("(fds|threads|env\\.SRUN_UPGRADE_FROM)=.*"))
        .sorted()
        .toList();
  }

  private static int number(ListenerUnderTest api, String name) throws IOException {
    return api.get("/process")
        .body()
        .lines()
        .filter(line -> line.startsWith(name + "="))
        .mapToInt(line -> Integer.parseInt(line.substring(name.length() + 1)))
        .findFirst()
        .orElseThrow();
  }

  /** What the raw listeners say. */
  static String hear(SocketAddress address) throws IOException {
    ByteBuffer text = ByteBuffer.allocate(64);
    try (SocketChannel channel = SocketChannel.open(address);
        Selector selector = Selector.open()) {
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ);
      int count = 0;
      while (count >= 0) {
        if (selector.select(ListenerUnderTest.PATIENCE.toMillis()) == 0) {
          throw new SocketTimeoutException("nothing was said at " + address);
        }
        selector.selectedKeys().clear();
        count = channel.read(text);
      }
    }
    if (text.position() == 0) {
      throw new EOFException("nothing was said at " + address);
    }
    return new String(text.array(), 0, text.position(), StandardCharsets.UTF_8);
  }

  /** Where the raw listeners are. */
  static List<SocketAddress> raw(Generations program, Path unix) throws Exception {
    return List.of(
        tcp(program, "tcp"),
        tcp(program, "tcp-virtual"),
        UnixDomainSocketAddress.of(unix),
        UnixDomainSocketAddress.of(unix + "-platform"));
  }

  private static SocketAddress tcp(Generations program, String name) throws Exception {
    String fact = ", " + name + "=127.0.0.1:";
    program.first().awaitLog(fact);
    String line =
        program.first().stderr().stream()
            .filter(each -> each.contains(fact))
            .findFirst()
            .orElseThrow();
    String port = line.substring(line.indexOf(fact) + fact.length()).replaceFirst(",.*", "");
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(port));
  }

  @Test
  void theNextGenerationListensWhereTheFirstDidAndNoRequestIsLost() throws Exception {
    Path unix = directory.resolve("socket");
    Path journal = directory.resolve("journal");
    var command =
        upgradable()
            .env(Upgradable.UNIX, unix.toString())
            .env(Upgradable.JOURNAL, journal.toString())
            .jvm("-Dwith.space=a b", "-Dempty=");
    try (var program = start(command);
        var traffic = new Traffic()) {
      ListenerUnderTest api = program.api();
      long first = program.first().pid();
      List<SocketAddress> raw = raw(program, unix);
      List<String> before = inherited(api);
      traffic.with(() -> api.get("/who").toString()).keptAlive(api, "/who");
      for (SocketAddress address : raw) {
        traffic.with(() -> "200 " + hear(address));
      }

      long second = program.upgrade(2);
      assertEquals(0, program.first().awaitExitAlone(SOON), program.first()::output);
      program.first().awaitLog("(upgrader) pid " + first + " has gone");
      assertEquals("200 " + second + " 2", api.get("/who").toString());
      for (SocketAddress address : raw) {
        assertEquals(second + " 2", hear(address));
      }
      traffic.end();

      assertEquals(List.of(), traffic.failures());
      assertEquals(
          List.of("200 " + first + " 1", "200 " + second + " 2").stream().sorted().toList(),
          traffic.answers());
      assertEquals(before, inherited(api));
      assertStory(program.first(), first, second);
      program.stop();
      for (SocketAddress address : raw) {
        assertFalse(
            address instanceof UnixDomainSocketAddress path && Files.exists(path.getPath()));
      }
      assertEquals(
          List.of(
              "begins " + first,
              "runs " + first,
              "stops " + first,
              "ends " + first,
              "begins " + second,
              "runs " + second,
              "stops " + second,
              "ends " + second),
          Files.readAllLines(journal));
    }
  }

  private static void assertStory(ProgramUnderTest program, long first, long second) {
    for (String line :
        List.of(
            "(upgrader) upgrade (HUP)",
            "(upgrader) started pid " + second + " as generation 2",
            "(upgrader) generation 2, to take over from pid " + first + ": api 127.0.0.1:",
            "(upgrader) let in; pid " + first + " answers what it has",
            "up is up: 4 of 5 services running", // without what waits for the first one's end
            "(upgrader) pid " + second + " (generation 2) has taken over after ",
            "stopping (upgraded: pid " + second + " (generation 2) has taken over)",
            "exit 0 (clean): upgraded: pid " + second)) {
      program.assertLogged(line);
    }
    program.assertNotLogged("WARNING logger_scope");
    program.assertNotLogged("SEVERE");
  }

  @Test
  void whoeverAsksForItHasItUpgradedAndNothingPilesUp() throws Exception {
    try (var program = start(upgradable().withAdmin().env(Upgradable.PORT, "0"))) {
      ListenerUnderTest api = program.api();
      ListenerUnderTest admin = program.first().awaitListener("admin");
      long second = program.upgrade(2);
      program.awaitGone(program.first().pid());
      int fds = number(api, "fds");

      assertEquals(200, admin.post("/debug/upgrade").status());
      long third = program.awaitTakeover(3);
      program.awaitGone(second);

      assertTrue(api.get("/upgrade").body().contains("(generation 4) has taken over"));
      long fourth = program.awaitTakeover(4);
      program.awaitGone(third);
      assertEquals("200 " + fourth + " 4", api.get("/who").toString());
      int later = number(api, "fds");
      assertTrue(later <= fds + 3, () -> fds + " file descriptors, and later " + later);
      assertEquals(List.of(fourth), program.alive());
      assertEquals(List.of(), program.temporaryFiles());
      assertTrue(
          admin.get("/debug/upgrade").body().startsWith("generation 4"),
          () -> program.first().output());
      program.stop();
    }
  }

  @Test
  void noProbeIsAnsweredByAChildThatIsNotUp() throws Exception {
    try (var program = start(upgradable().withAdmin());
        var traffic = new Traffic()) {
      ListenerUnderTest admin = program.first().awaitListener("admin");
      program.next(Upgradable.Nature.SLOW);
      traffic.with(() -> admin.get("/ready").toString()).keptAlive(admin, "/ready");
      traffic.with(() ->
          admin
              .get("/services")
              .toString()
              .replaceAll("\"(at|age_seconds|since|seconds)\":[^,}]*", ""));

      program.upgrade(2);
      program.awaitGone(program.first().pid());
      traffic.end();

      assertEquals(List.of(), traffic.failures());
      assertEquals(0, traffic.count("503 "), traffic.answers()::toString);
      assertEquals(0, traffic.count("STARTING"), traffic.answers()::toString);
      assertEquals(0, traffic.count("STOPPED"), traffic.answers()::toString);
      program.stop();
    }
  }

  @Test
  void aConnectionThatIsOpenIsAnsweredOnceMoreAndNotCut() throws Exception {
    var command =
        upgradable().env("SRUN_UPGRADE_LINGER", "3s").env("SRUN_UPGRADE_SLOW_START", "0s");
    try (var program = start(command)) {
      ListenerUnderTest api = program.api();
      long first = program.first().pid();
      try (var kept = api.new Connection(ListenerUnderTest.PATIENCE);
          var idle = api.new Connection(ListenerUnderTest.PATIENCE)) {
        assertFalse(kept.ask("GET", "/who").last());
        assertFalse(idle.ask("GET", "/who").last());
        Path answer = directory.resolve("answer");
        CompletableFuture<String> slow = later(() -> api.get("/slow?" + answer).toString());
        program.first().awaitLine("slow");

        program.upgrade(2);
        ListenerUnderTest.Answer last = kept.ask("GET", "/who");
        assertEquals("200 " + first + " 1", last.toString());
        assertTrue(last.last());
        assertTrue(program.alive().contains(first), "it waits for what is open");
        Files.createFile(answer);
        assertEquals("200 " + first + " 1", slow.get(10, TimeUnit.SECONDS));
        assertEquals(0, program.first().awaitExitAlone(SOON));
        assertTrue(idle.isClosedByTheServer());
      }
      program.stop();
    }
  }

  /** Something that may fail. */
  interface Asking {
    String ask() throws IOException;
  }

  static CompletableFuture<String> later(Asking asking) {
    CompletableFuture<String> answer = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          try {
            answer.complete(asking.ask());
          } catch (IOException e) {
            answer.completeExceptionally(e);
          }
        });
    return answer;
  }

  @Test
  @Tag("slow")
  void twentyUpgradesInARowLoseNoRequestAndLeaveNothing() throws Exception {
    Path unix = directory.resolve("socket");
    var command = upgradable().withAdmin().env(Upgradable.UNIX, unix.toString());
    try (var program = start(command);
        var traffic = new Traffic()) {
      ListenerUnderTest api = program.api();
      traffic.with(() -> api.get("/who").body()).keptAlive(api, "/who");
      for (SocketAddress address : raw(program, unix)) {
        traffic.with(() -> hear(address));
      }
      long before = program.first().pid();
      int fds = 0;
      int threads = 0;
      for (int generation = 2; generation <= 21; generation++) {
        long next = program.upgrade(generation);
        program.awaitGone(before);
        program.first().awaitLog("pid " + before + " has gone");
        assertEquals(List.of(next), program.alive());
        assertEquals(List.of(), program.temporaryFiles());
        assertEquals(0, Generations.zombiesOf(next));
        if (generation == 2) {
          fds = number(api, "fds");
          threads = number(api, "threads");
        }
        before = next;
      }
      assertEquals(fds, number(api, "fds"), 6);
      assertEquals(threads, number(api, "threads"), 6);
      traffic.end();
      assertEquals(List.of(), traffic.failures());
      program.stop();
    }
  }
}
