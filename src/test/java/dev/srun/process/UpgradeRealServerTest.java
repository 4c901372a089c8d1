package dev.srun.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.Closeable;
import java.io.IOException;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Real servers of other libraries in programs that are upgraded: those that are fitted properly
 * lose nothing, and wrong ones are found out. The programs are those of examples/servers.
 */
@Tag("slow")
@Execution(ExecutionMode.SAME_THREAD)
class UpgradeRealServerTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  /** Six clients that wait so long after each answer ask some 300 times a second. */
  private static final Duration PAUSE = Duration.ofMillis(18);

  private static final int CLIENTS_OF_A_KIND = 3;

  @TempDir private Path directory;

  private RealServers servers;

  @BeforeEach
  void find() throws IOException {
    servers = RealServers.find();
  }

  /** Starts a program, which says where its server listens. */
  private Generations start(String main) throws Exception {
    assumeTrue(
        !main.contains("Epoll") || System.getProperty("os.arch").equals("amd64"),
        "not tested: examples/servers has Netty's native library for x86-64 only");
    return Generations.start(directory, Generations.upgradable(directory, servers.program(main)));
  }

  private static ListenerUnderTest api(Generations program) throws InterruptedException {
    return new ListenerUnderTest(program.address("api").getPort());
  }

  /** Clients that keep their connections, and clients that make a new one for each request. */
  private static void http(Traffic traffic, ListenerUnderTest api) {
    traffic.pausing(PAUSE);
    for (int i = 0; i < CLIENTS_OF_A_KIND; i++) {
      traffic.keptAlive(api, "/").with(() -> api.get("/").toString());
    }
  }

  private static String answer(long pid) {
    return "200 pid " + pid;
  }

  private static void assertAnswered(Traffic traffic, Long... pids) {
    traffic.end();
    assertEquals(List.of(), traffic.failures());
    Set<String> expected = new TreeSet<>();
    for (Long pid : pids) {
      expected.add(answer(pid));
    }
    assertEquals(expected, new TreeSet<>(traffic.answers()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "JavalinServer",
        "JettyServer",
        "NettyEpollServer",
        "NettyServer",
        "TomcatServer",
        "UndertowServer",
        "VertxServer"
      })
  void oneThatBeginsWhenItIsToldToLosesNoRequestInTwoUpgrades(String main) throws Exception {
    try (var program = start(main);
        var traffic = new Traffic()) {
      http(traffic, api(program));
      upgradeTwice(program, traffic);
    }
  }

  @Test
  void grpcOnNioLosesNoCallInTwoUpgrades() throws Exception {
    try (var program = start("GrpcServer");
        URLClassLoader loader = servers.loader();
        var kept = new Calls(loader, api(program), true);
        var fresh = new Calls(loader, api(program), false);
        var traffic = new Traffic()) {
      calls(traffic, kept, fresh);
      upgradeTwice(program, traffic);
    }
  }

  private static void upgradeTwice(Generations program, Traffic traffic) throws Exception {
    long first = program.first().pid();
    long second = program.upgrade(2);
    program.awaitGone(first);
    long third = program.upgrade(3);
    program.awaitGone(second);
    assertAnswered(traffic, first, second, third);
    program.first().assertNotLogged("cannot see whether");
    program.stop();
  }

  /** Waits until the new process has come: its JVM alone takes long on a busy machine. */
  private static void beginUpgrade(Generations program) throws Exception {
    program.signalFirst("HUP");
    program.awaitStarted(2);
    program.first().awaitLog("generation 2, to take over from pid ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"EarlyJavalin", "EarlyNettyEpoll", "EarlyUndertow", "EarlyVertx"})
  void oneThatIsStartedInInitFailsTheUpgradeAndNobodyNotices(String main) throws Exception {
    try (var program = start(main);
        var traffic = new Traffic()) {
      http(traffic, api(program));
      assertFoundOutEarly(program, traffic);
    }
  }

  /**
   * In the words of the new process. On a busy machine its server may not get its turn before the
   * switch; then in those of the old one, which nobody else notices either.
   */
  private static boolean namesListenerAndRemedy(String line) {
    return line.contains(
            "listener 'api': the server accepts before it was told to begin; start it in"
                + " Acceptor.begin()")
        || line.contains(
            "does not accept connections on listener 'api' (its server must start to accept in"
                + " Acceptor.begin(), not before)");
  }

  /** As gRPC comes: on native epoll. */
  @Test
  void grpcThatIsStartedInInitFailsTheUpgradeAndNobodyNotices() throws Exception {
    try (var program = start("EarlyGrpc");
        URLClassLoader loader = servers.loader();
        var kept = new Calls(loader, api(program), true);
        var fresh = new Calls(loader, api(program), false);
        var traffic = new Traffic()) {
      calls(traffic, kept, fresh);
      assertFoundOutEarly(program, traffic);
    }
  }

  private static void assertFoundOutEarly(Generations program, Traffic traffic) throws Exception {
    beginUpgrade(program);
    program.first().awaitLog("upgrade failed: ");
    assertTrue(
        program.first().stderr().stream().anyMatch(UpgradeRealServerTest::namesListenerAndRemedy),
        program.first()::output);
    await().atMost(SOON).until(() -> program.alive().size() == 1);
    assertAnswered(traffic, program.first().pid());
    program.stop();
  }

  @Test
  void oneWhoseEpollKnowsThePlaceholderOnlyIsRolledBackAndNoRequestIsLost() throws Exception {
    try (var program = start("DeafNettyEpoll");
        var traffic = new Traffic()) {
      http(traffic, api(program));
      assertRolledBack(program, traffic);
    }
  }

  /** Native epoll is edge-triggered: nobody else's connection wakes up the old process. */
  @Test
  void afterARollBackAClientIsAnsweredThatIsAlone() throws Exception {
    try (var program = start("DeafNettyEpoll");
        var traffic = new Traffic()) {
      ListenerUnderTest api = api(program);
      traffic.with(() -> api.get("/").toString());
      assertRolledBack(program, traffic);
    }
  }

  private static void assertRolledBack(Generations program, Traffic traffic) throws Exception {
    beginUpgrade(program);
    program.first().awaitLog("does not accept connections on listener 'api'");
    program.first().awaitLog("serving again");
    await().atMost(SOON).until(() -> program.alive().size() == 1);
    program.first().awaitLog(" has gone");
    program.first().assertNotLogged("run of (upgrader) failed");
    long before = traffic.count("200");
    await().atMost(SOON).until(() -> traffic.count("200") > before);
    assertAnswered(traffic, program.first().pid());
    program.stop();
  }

  private static void calls(Traffic traffic, Calls kept, Calls fresh) {
    traffic.pausing(PAUSE);
    for (int i = 0; i < CLIENTS_OF_A_KIND; i++) {
      traffic.with(kept).with(fresh);
    }
  }

  /** Calls over gRPC, by a class of examples/servers. */
  private static final class Calls implements Traffic.Client, Closeable {
    private final Callable<?> client;

    Calls(ClassLoader loader, ListenerUnderTest api, boolean keeps)
        throws ReflectiveOperationException {
      client =
          (Callable<?>)
              loader
                  .loadClass("dev.srun.examples.servers.GrpcClient")
                  .getConstructor(int.class, boolean.class)
                  .newInstance(api.port(), keeps);
    }

    @Override
    public String ask() throws IOException {
      try {
        return String.valueOf(client.call());
      } catch (IOException e) {
        throw e;
      } catch (Exception e) {
        throw new IOException(e);
      }
    }

    @Override
    public void close() throws IOException {
      ((Closeable) client).close();
    }
  }
}
