package dev.srun;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.upgrade.ListenerTable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
final class ListenerTest {
  private static final Config CONFIG =
      Config.named("t").withoutSignals().withoutTelemetry().drain(Duration.ZERO);

  @TempDir private Path directory;

  enum Family {
    TCP,
    UNIX
  }

  private SocketAddress anyAddress(Family family) {
    return switch (family) {
      case TCP -> new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
      case UNIX -> UnixDomainSocketAddress.of(directory.resolve("s"));
    };
  }

  private static Listener bind(String name, SocketAddress address) throws IOException {
    return Listener.bind(name, new ListenerTable().claim("t", name, address));
  }

  private static void assertServes(Listener listener) throws IOException {
    try (SocketChannel client = SocketChannel.open(listener.address());
        SocketChannel accepted = listener.accept()) {
      assertTrue(accepted.isBlocking());
      accepted.write(ByteBuffer.wrap(new byte[] {42}));
      ByteBuffer got = ByteBuffer.allocate(1);
      client.read(got);
      assertEquals(42, got.get(0));
    }
  }

  private static void assertRefusesConnections(SocketAddress address) {
    assertThrows(IOException.class, () -> SocketChannel.open(address).close());
  }

  @ParameterizedTest
  @EnumSource
  void acceptsConnectionsOfBothFamilies(Family family) throws IOException {
    try (Listener listener = bind("api", anyAddress(family))) {
      assertServes(listener);
      assertServes(listener);
    }
  }

  @ParameterizedTest
  @EnumSource
  void connectionsWaitInTheQueueUntilTheyAreAccepted(Family family) throws IOException {
    try (Listener listener = bind("api", anyAddress(family));
        SocketChannel early = SocketChannel.open(listener.address())) {
      early.write(ByteBuffer.wrap(new byte[] {7}));
      try (SocketChannel accepted = listener.accept()) {
        ByteBuffer got = ByteBuffer.allocate(1);
        accepted.read(got);
        assertEquals(7, got.get(0));
      }
    }
  }

  @Test
  void portZeroIsAnyFreeOneAndToldByTheAddress() throws IOException {
    try (Listener one = bind("one", anyAddress(Family.TCP));
        Listener two = bind("two", anyAddress(Family.TCP))) {
      InetSocketAddress first = assertInstanceOf(InetSocketAddress.class, one.address());
      assertNotEquals(0, first.getPort());
      assertNotEquals(first, two.address());
    }
  }

  @ParameterizedTest
  @EnumSource
  void theAddressIsKnownAfterItWasClosed(Family family) throws IOException {
    Listener listener = bind("api", anyAddress(family));
    SocketAddress before = listener.address();
    listener.close();

    assertEquals(before, listener.address());
  }

  @ParameterizedTest
  @EnumSource
  void aClosedListenerHasLetGoOfItsAddress(Family family) throws IOException {
    Listener first = bind("api", anyAddress(family));
    SocketAddress address = first.address();
    first.close();
    assertRefusesConnections(address);
    first.close(); // twice has no effect

    try (Listener second = bind("api", address)) {
      first.close(); // nor does it harm the next one
      assertServes(second);
    }
  }

  @Test
  void thePathOfAUnixDomainSocketIsRemovedOnClose() throws IOException {
    UnixDomainSocketAddress address = (UnixDomainSocketAddress) anyAddress(Family.UNIX);
    Listener listener = bind("api", address);
    assertTrue(Files.exists(address.getPath()));
    listener.close();

    assertFalse(Files.exists(address.getPath()));
  }

  @ParameterizedTest
  @EnumSource
  void closeEndsAnAccept(Family family) throws Exception {
    Listener listener = bind("api", anyAddress(family));
    Accept accept = new Accept(listener);
    listener.close();

    assertInstanceOf(ClosedChannelException.class, accept.failure());
  }

  @ParameterizedTest
  @EnumSource
  void anInterruptEndsAnAcceptAndCloseStillCleansUp(Family family) throws Exception {
    Listener listener = bind("api", anyAddress(family));
    SocketAddress address = listener.address();
    Accept accept = new Accept(listener);
    accept.thread.interrupt();

    assertInstanceOf(ClosedChannelException.class, accept.failure());
    listener.close();
    if (address instanceof UnixDomainSocketAddress unix) {
      assertFalse(Files.exists(unix.getPath()));
    }
    bind("api", address).close();
  }

  /** A virtual thread that is in accept, and how that ended. */
  private static final class Accept {
    private final CompletableFuture<Exception> failure = new CompletableFuture<>();
    private final Thread thread;

    Accept(Listener listener) {
      CountDownLatch entering = new CountDownLatch(1);
      thread =
          Thread.ofVirtual()
              .start(() -> {
                entering.countDown();
                try {
                  listener.accept().close();
                } catch (Exception e) {
                  failure.complete(e);
                }
              });
      await().until(() -> entering.getCount() == 0);
    }

    Exception failure() throws Exception {
      return failure.get(20, TimeUnit.SECONDS);
    }
  }

  // What cannot be bound

  @Test
  void aPortThatIsTakenIsNamedWithTheListener() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      IOException refused =
          assertThrows(IOException.class, () -> bind("api", taken.getLocalSocketAddress()));

      assertNames(refused, "'api'", "127.0.0.1:" + taken.getLocalPort());
    }
  }

  @Test
  void aPathThatCannotBeBoundIsNamedWithTheListener() {
    Path path = directory.resolve("missing").resolve("s");
    IOException refused =
        assertThrows(IOException.class, () -> bind("api", UnixDomainSocketAddress.of(path)));

    assertNames(refused, "'api'", path.toString());
  }

  @Test
  void aPathInUseIsNotTakenAway() throws IOException {
    SocketAddress address = anyAddress(Family.UNIX);
    try (Listener first = bind("first", address)) {
      IOException refused = assertThrows(IOException.class, () -> bind("second", address));

      assertNames(refused, "'second'", address.toString());
      first.accept().close(); // who asked whether somebody is there
      assertServes(first);
    }
  }

  @Test
  void aHostThatIsNotResolvedIsNamedWithTheListener() {
    SocketAddress nowhere = InetSocketAddress.createUnresolved("nowhere.invalid", 80);
    IOException refused = assertThrows(IOException.class, () -> bind("api", nowhere));

    assertNames(refused, "'api'", "nowhere.invalid");
  }

  private static void assertNames(IOException refused, String... parts) {
    String message = String.valueOf(refused.getMessage());
    for (String part : parts) {
      assertTrue(message.contains(part), message);
    }
    assertFalse(message.contains("null"), message);
    assertNotNull(refused.getCause());
  }

  // Owned by a service

  @ParameterizedTest
  @EnumSource
  void whatAServiceListensOnIsClosedWhenItHasStopped(Family family) throws IOException {
    AtomicReference<Listener> listener = new AtomicReference<>();
    SocketAddress address;
    try (Running app = start(family, listener)) {
      address = listener.get().address();
      assertServes(listener.get());
      assertEquals(1, app.status().services().size());
    }

    assertRefusesConnections(address);
    if (address instanceof UnixDomainSocketAddress unix) {
      assertFalse(Files.exists(unix.getPath()));
    }
  }

  @ParameterizedTest
  @EnumSource
  void theAddressIsAFactOfTheService(Family family) {
    AtomicReference<Listener> listener = new AtomicReference<>();
    try (Running app = start(family, listener)) {
      String fact = String.valueOf(app.status().services().getFirst().facts().get("front"));
      String expected =
          switch (listener.get().address()) {
            case InetSocketAddress tcp -> String.valueOf(tcp.getPort());
            case SocketAddress unix -> unix.toString();
          };

      assertTrue(fact.contains(expected), fact);
    }
  }

  @Test
  void aServiceInAcceptStopsByTheInterruptThatItGets() throws Exception {
    SocketAddress address = anyAddress(Family.UNIX);
    Exit exit;
    try (Running app =
        Srun.start(
            CONFIG,
            it ->
                it.service(
                    "front",
                    ctx -> {
                      Listener listener = ctx.listen("front", address);
                      ctx.ready();
                      acceptUntilClosed(listener);
                    }))) {
      app.stop("test");
      exit = app.await();
    }

    assertAll(
        () -> assertEquals(0, exit.code(), exit::toString),
        () -> assertFalse(Files.exists(((UnixDomainSocketAddress) address).getPath())));
  }

  private static void acceptUntilClosed(Listener listener) throws IOException {
    try {
      while (true) {
        listener.accept().close();
      }
    } catch (ClosedChannelException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void anAddressThatIsTakenFailsTheStartWithItsName() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Exit exit =
          Srun.run(
              CONFIG,
              app -> app.init("front", ctx -> ctx.listen("api", taken.getLocalSocketAddress())));

      assertEquals(1, exit.code());
      assertTrue(exit.toString().contains("listener 'api' cannot listen on"), exit::toString);
    }
  }

  private Running start(Family family, AtomicReference<Listener> listener) {
    return Srun.start(
        CONFIG,
        app -> app.service("web", ctx -> listener.set(ctx.listen("front", anyAddress(family)))));
  }
}
