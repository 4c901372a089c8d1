package dev.srun.upgrade;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.BindFailedException;
import dev.srun.ListeningSocket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Names, addresses and the gate. */
final class ListenerTableTest {
  private static final SocketAddress API = UpgraderUnderTest.at(8080);
  private static final SocketAddress PROBES = UpgraderUnderTest.at(8081);
  private static final SocketAddress ANY_PORT = UpgraderUnderTest.at(0);

  @TempDir private Path directory;

  private final FakeKernel kernel = new FakeKernel(new FakeKernel.World(1));
  private final ListenerTable table = new ListenerTable();
  private final List<String> told = new CopyOnWriteArrayList<>();
  private final System.Logger logger = System.getLogger("test");

  private void inherit(String name, SocketAddress requested, SocketAddress address)
      throws IOException {
    List<Inherited> sockets = List.of(new Inherited(name, requested, address, false));
    table.inherit(sockets);
    table.arrived(kernel, sockets, List.of(kernel.add(address)));
  }

  private ListeningSocket bound(String name, SocketAddress address) throws IOException {
    ListeningSocket socket = table.claim("svc", name, address);
    socket.bound(socket.bindTo());
    return socket;
  }

  private ListeningSocket opened(String name, SocketAddress address) throws IOException {
    ListeningSocket socket = bound(name, address);
    socket.open(new UpgraderUnderTest.Server(name, told));
    return socket;
  }

  // Names and addresses

  @Test
  void aNameThatIsTakenIsRefusedAndSaysByWhom() throws Exception {
    table.claim("shop", "api", API);
    var refused =
        assertThrows(BindFailedException.class, () -> table.claim("other", "api", PROBES));

    assertTrue(
        refused.getMessage().contains("service 'shop' has a listener of that name"),
        refused::getMessage);
  }

  @Test
  void anAddressThatIsTakenIsRefusedAndSaysByWhom() throws Exception {
    table.claim("shop", "api", API);
    var refused = assertThrows(BindFailedException.class, () -> table.claim("b", "other", API));

    assertTrue(
        refused.getMessage().contains("taken by listener 'api' of service 'shop'"),
        refused::getMessage);
  }

  @Test
  void anyPortIsNobodys() throws Exception {
    table.claim("a", "one", ANY_PORT);
    table.claim("b", "two", ANY_PORT);
  }

  @Test
  void nameAndAddressAreFreeAfterClose() throws Exception {
    ListeningSocket first = table.claim("a", "api", API);
    first.close();
    ListeningSocket second = table.claim("b", "api", API);
    first.close(); // twice is no matter

    assertThrows(BindFailedException.class, () -> table.claim("c", "api", PROBES));
    second.close();
  }

  @Test
  void theAddressIsKnownOnceItIsBound() throws Exception {
    ListeningSocket socket = table.claim("a", "api", ANY_PORT);
    assertThrows(IllegalStateException.class, socket::address);
    socket.bound(API);

    assertEquals(API, socket.address());
    assertEquals(ANY_PORT, socket.bindTo());
  }

  // Which of those that came

  @Test
  void anyPortIsKnownByItsName() throws Exception {
    inherit("other", ANY_PORT, PROBES);
    inherit("api", ANY_PORT, API);
    ListeningSocket socket = bound("api", ANY_PORT);

    assertEquals(API, socket.address());
    assertEquals(List.of("other"), table.closeUnclaimed());
  }

  @Test
  void aPortIsKnownByItselfWhateverItsName() throws Exception {
    inherit("formerly", API, API);

    assertEquals(API, bound("now", API).address());
    assertEquals(Set.of(), kernel.open());
  }

  @Test
  void anotherNameWithAnyPortGetsAPortOfItsOwn() throws Exception {
    inherit("api", ANY_PORT, API);
    ListeningSocket socket = table.claim("svc", "other", ANY_PORT);

    assertEquals(ANY_PORT, socket.bindTo());
  }

  private static InetAddress ip(String text) {
    return ((InetSocketAddress) Addresses.of("[" + text + "]:1")).getAddress();
  }

  @ParameterizedTest
  @CsvSource({
    "0.0.0.0, 0:0:0:0:0:0:0:0, true",
    "0:0:0:0:0:0:0:0, 0.0.0.0, true",
    "0.0.0.0, 127.0.0.1, false",
    "127.0.0.1, 0.0.0.0, false",
  })
  void everyInterfaceIsEveryInterface(String came, String asked, boolean isSame) throws Exception {
    SocketAddress there = new InetSocketAddress(ip(came), 8080);
    SocketAddress here = new InetSocketAddress(ip(asked), 8080);
    inherit("api", there, there);

    assertEquals(isSame, !table.claim("svc", "api", here).bindTo().equals(here));
  }

  @Test
  void aPathIsKnownByItself() throws Exception {
    SocketAddress path = UnixDomainSocketAddress.of("/run/app.sock");
    inherit("api", path, path);
    ListeningSocket socket = table.claim("svc", "api", path);
    UnixDomainSocketAddress bindTo = (UnixDomainSocketAddress) socket.bindTo();

    assertNotEquals(path, bindTo);
    assertTrue(Files.isDirectory(bindTo.getPath().getParent()));
    socket.close();
    assertFalse(Files.exists(bindTo.getPath().getParent()));
    assertEquals(Set.of(), kernel.open());
  }

  @Test
  void whatNobodyHasAskedForIsClosedOnce() throws Exception {
    inherit("one", API, API);
    inherit("two", PROBES, PROBES);

    assertEquals(List.of("one", "two"), table.closeUnclaimed());
    assertEquals(Set.of(), kernel.open());
    assertEquals(List.of(), table.closeUnclaimed());
  }

  // The gate

  @Test
  void withoutAGateAServerBeginsAtOnceAndOnce() throws Exception {
    ListeningSocket socket = opened("api", API);
    socket.open(new UpgraderUnderTest.Server("again", told));

    assertEquals(List.of("begin api"), told);
    assertEquals(List.of(), kernel.calls());
  }

  @Test
  void nothingBeginsBeforeTheProgramIsLetInAlsoWhatIsNew() throws Exception {
    table.close();
    inherit("api", API, API);
    opened("api", API);
    opened("new", PROBES);
    assertEquals(List.of(), told);
    assertEquals(List.of(), kernel.accepting());

    table.letIn();
    assertEquals(List.of("begin api", "begin new"), told);
    assertEquals(List.of(API), kernel.accepting());
    assertEquals(Set.of(), kernel.open());
  }

  @Test
  void whatIsOpenedAfterThatBeginsAtOnce() throws Exception {
    table.close();
    inherit("api", API, API);
    inherit("late", PROBES, PROBES);
    ListeningSocket early = bound("api", API);
    table.letIn();
    assertEquals(List.of(), told);
    early.open(new UpgraderUnderTest.Server("api", told));
    opened("late", PROBES);

    assertEquals(List.of("begin api", "begin late"), told);
    assertEquals(List.of(API, PROBES), kernel.accepting());
    assertEquals(Set.of(), kernel.open());
  }

  @Test
  void whatIsClosedAtTheGateNeverBegins() throws Exception {
    table.close();
    inherit("api", API, API);
    opened("api", API).close();
    table.letIn();

    assertEquals(List.of(), told);
    assertEquals(Set.of(), kernel.open());
    assertEquals(List.of(), kernel.accepting());
  }

  @ParameterizedTest
  @CsvSource({"nonBlocking, 1", "nonBlocking, 2", "listener, 1", "listener, 2", "replace, 2"})
  void ifOneCannotBePutInItsPlaceNothingHasBegunAndNothingAccepts(String call, int nth)
      throws Exception {
    table.close();
    inherit("api", API, API);
    inherit("probes", PROBES, PROBES);
    ListeningSocket api = opened("api", API);
    ListeningSocket probes = opened("probes", PROBES);
    kernel.fail(call, nth);
    assertThrows(IOException.class, table::letIn);

    assertEquals(List.of(), told);
    assertFalse(kernel.accepting().contains(API), kernel.accepting()::toString);
    assertFalse(kernel.accepting().contains(PROBES), kernel.accepting()::toString);
    api.close();
    probes.close();
    assertEquals(Set.of(), kernel.open());
  }

  @Test
  void aSocketThatCannotBeClosedIsGoneAllTheSame() throws Exception {
    table.close();
    inherit("api", API, API);
    ListeningSocket socket = opened("api", API);
    kernel.fail("close", 1);
    var failure = assertThrows(UncheckedIOException.class, socket::close);

    assertTrue(failure.getMessage().contains("listener 'api' cannot be closed"));
    socket.close();
    assertEquals(API, table.claim("svc", "api", API).bindTo());
  }

  // Taking back

  private ServerSocketChannel real(String where) throws IOException {
    ServerSocketChannel server =
        where.equals("tcp")
            ? ServerSocketChannel.open()
            : ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(
        where.equals("tcp")
            ? UpgraderUnderTest.at(0)
            : UnixDomainSocketAddress.of(directory.resolve("socket")));
    server.configureBlocking(false);
    opened("api", server.getLocalAddress());
    return server;
  }

  /** An edge-triggered epoll is told again only by a new connection. */
  @ParameterizedTest
  @ValueSource(strings = {"tcp", "unix"})
  void aListenerThatIsTakenBackIsConnectedToOnce(String where) throws Exception {
    try (ServerSocketChannel server = real(where)) {
      table.letGo(kernel, table.bound(), Duration.ZERO, logger);
      assertNull(server.accept());
      table.takeBack(table.bound(), logger);
      assertIsConnectedToOnce(server);
    }
  }

  @Test
  void aListenerThatCannotBeLetGoIsConnectedToOnce() throws Exception {
    try (ServerSocketChannel server = real("tcp")) {
      kernel.fail("replace", 1);
      assertThrows(
          IOException.class, () -> table.letGo(kernel, table.bound(), Duration.ZERO, logger));
      assertIsConnectedToOnce(server);
    }
  }

  private static void assertIsConnectedToOnce(ServerSocketChannel server) throws IOException {
    try (SocketChannel ours = server.accept()) {
      assertNotNull(ours);
    }
    assertNull(server.accept());
  }

  @Test
  void aListenerThatWasClosedIsNotConnectedTo() throws Exception {
    try (ServerSocketChannel server = real("tcp")) {
      List<Claim> handed = table.bound();
      table.letGo(kernel, handed, Duration.ZERO, logger);
      handed.get(0).close();
      table.takeBack(handed, logger);
      assertNull(server.accept());
    }
  }
}
