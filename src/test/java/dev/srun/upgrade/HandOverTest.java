package dev.srun.upgrade;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers of the JDK as they are, between which listening sockets go over. */
@EnabledIf(
    value = "dev.srun.upgrade.ThisKernel#isThere",
    disabledReason = "JDK 21 needs --enable-preview for it")
final class HandOverTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Kernel kernel = ThisKernel.kernel();
  private final Handed handed = new Handed(kernel);

  @TempDir private Path directory;

  /** What a child receives of a listener. */
  private int inherited(int listener) throws IOException {
    try (UnixPair pair = UnixPair.in(directory)) {
      ByteBuffer text = ByteBuffer.wrap("a".getBytes(US_ASCII));
      kernel.send(pair.parent(), text, List.of(listener), PATIENCE);
      return kernel.receive(pair.child(), 10, PATIENCE).fds().get(0);
    }
  }

  private static InetSocketAddress address(ServerSocketChannel channel) throws IOException {
    return (InetSocketAddress) channel.getLocalAddress();
  }

  // Adopting

  @Test
  void anHttpServerServesAnInheritedListener() throws IOException {
    try (ServerSocketChannel parents = ServerSocketChannel.open().bind(Handed.anyPort())) {
      InetSocketAddress address = address(parents);
      try (Wire queued = Wire.to(address)) {
        HttpServer child = handed.http("child", inherited(kernel.listener(address)));
        try {
          assertEquals("child", queued.ask());
          assertEquals("child", Wire.askOnce(address));
        } finally {
          child.stop(0);
        }
      }
    }
  }

  @Test
  void aChannelAcceptsFromAnInheritedTcpListener() throws IOException {
    try (ServerSocketChannel parents = ServerSocketChannel.open().bind(Handed.anyPort())) {
      InetSocketAddress address = address(parents);
      try (ServerSocketChannel child = handed.tcp(inherited(kernel.listener(address)));
          SocketChannel client = SocketChannel.open(address);
          SocketChannel accepted = child.accept()) {
        assertEquals(client.getLocalAddress(), accepted.getRemoteAddress());
      }
    }
  }

  @Test
  void aChannelAcceptsFromAnInheritedUnixListener() throws IOException {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(directory.resolve("served"));
    try (ServerSocketChannel parents =
        ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address)) {
      int inherited = inherited(kernel.listener(address));
      try (ServerSocketChannel child = handed.unix(directory.resolve("x"), inherited);
          SocketChannel client = SocketChannel.open(address);
          SocketChannel accepted = child.accept()) {
        client.write(ByteBuffer.wrap("hello".getBytes(US_ASCII)));
        ByteBuffer read = ByteBuffer.allocate(5);
        accepted.read(read);
        assertEquals("hello", US_ASCII.decode(read.flip()).toString());
        assertTrue(parents.isOpen());
      }
    }
  }

  // Letting go and taking back

  @Test
  void anHttpServerThatLetsGoAnswersItsConnectionsAndAcceptsAgainWhenItTakesBack()
      throws IOException {
    HttpServer parent = Handed.http("parent");
    InetSocketAddress address = parent.getAddress();
    int fd = kernel.listener(address);
    parent.start();
    try (Wire keptAlive = Wire.to(address)) {
      assertEquals("parent", keptAlive.ask());
      int kept = kernel.duplicate(fd);
      int placeholder = handed.letGo(fd);

      assertQueued(address, kept, () -> assertEquals("parent", keptAlive.ask()));

      handed.takeBack(fd, kept, placeholder);
      assertEquals("parent", Wire.askOnce(address));
      kernel.close(placeholder);
      assertEquals("parent", keptAlive.ask());
    } finally {
      parent.stop(0);
    }
  }

  /** Something that may fail. */
  private interface Step {
    void run() throws IOException;
  }

  /** New connections wait in the socket that was let go, all of them, for who has it now. */
  private void assertQueued(InetSocketAddress address, int kept, Step meanwhile)
      throws IOException {
    List<Integer> connected = new ArrayList<>();
    List<Integer> accepted = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      try (Wire fresh = Wire.to(address)) {
        connected.add(fresh.port());
        meanwhile.run();
      }
    }
    try (ServerSocketChannel heir = handed.tcp(kernel.duplicate(kept))) {
      heir.configureBlocking(false);
      SocketChannel next = heir.accept();
      while (next != null) {
        accepted.add(((InetSocketAddress) next.getRemoteAddress()).getPort());
        next.close();
        next = heir.accept();
      }
    }
    assertEquals(connected, accepted);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aThreadInAcceptTakesNothingAfterLettingGoAndAcceptsAgainAfterTakingBack(boolean virtual)
      throws Exception {
    try (ServerSocketChannel parent = ServerSocketChannel.open().bind(Handed.anyPort())) {
      InetSocketAddress address = address(parent);
      int fd = kernel.listener(address);
      kernel.nonBlocking(fd);
      BlockingQueue<Integer> accepted = new LinkedBlockingQueue<>();
      Thread acceptor =
          (virtual ? Thread.ofVirtual() : Thread.ofPlatform().daemon())
              .start(() -> accept(parent, accepted));
      assertAccepts(address, accepted);
      for (int round = 0; round < 3; round++) {
        awaitParked(acceptor);
        int kept = kernel.duplicate(fd);
        int placeholder = handed.letGo(fd);

        assertQueued(address, kept, () -> {});
        awaitParked(acceptor);
        assertTrue(accepted.isEmpty());

        handed.takeBack(fd, kept, placeholder);
        assertAccepts(address, accepted);
        kernel.close(placeholder);
      }
    }
  }

  private static void accept(ServerSocketChannel channel, BlockingQueue<Integer> accepted) {
    try {
      while (true) {
        try (SocketChannel next = channel.accept()) {
          accepted.add(((InetSocketAddress) next.getRemoteAddress()).getPort());
        }
      }
    } catch (IOException e) {
      // It is closed.
    }
  }

  private static void assertAccepts(InetSocketAddress address, BlockingQueue<Integer> accepted)
      throws Exception {
    try (Wire client = Wire.to(address)) {
      assertEquals(client.port(), accepted.poll(20, TimeUnit.SECONDS));
    }
  }

  /** Waits until a thread waits for a connection. */
  private static void awaitParked(Thread acceptor) {
    Awaitility.await()
        .atMost(PATIENCE)
        .until(() ->
            Arrays.stream(acceptor.getStackTrace())
                .anyMatch(frame -> frame.getMethodName().equals("park")));
  }

  @Test
  void nothingLeaksOverAndBack() throws IOException {
    try (ServerSocketChannel parent = ServerSocketChannel.open().bind(Handed.anyPort())) {
      int fd = kernel.listener(parent.getLocalAddress());
      overAndBack(fd);
      String before = ThisKernel.listing();

      for (int i = 0; i < 20; i++) {
        overAndBack(fd);
      }

      assertEquals(before, ThisKernel.listing());
    }
  }

  private void overAndBack(int fd) throws IOException {
    int kept = kernel.duplicate(fd);
    int placeholder = handed.letGo(fd);
    handed.takeBack(fd, kept, placeholder);
    kernel.close(placeholder);
  }

  // Between processes

  @Test
  void aChildServesWhatItsParentHandsOverAndNobodyIsRefusedMeanwhile() throws Exception {
    UnixDomainSocketAddress control = UnixDomainSocketAddress.of(directory.resolve("control"));
    UnixDomainSocketAddress greeter = UnixDomainSocketAddress.of(directory.resolve("greeter"));
    HttpServer parent = Handed.http("parent");
    InetSocketAddress address = parent.getAddress();
    int fd = kernel.listener(address);
    parent.start();
    AtomicInteger ofChild = new AtomicInteger();
    CompletableFuture<Void> customers = new CompletableFuture<>();
    try (ServerSocketChannel unix =
            ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(greeter);
        ServerSocketChannel door =
            ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(control);
        Wire keptAlive = Wire.to(address)) {
      assertEquals("parent", keptAlive.ask());
      Thread.ofPlatform().daemon().start(() -> ask(address, ofChild, customers));
      List<String> flags =
          ThisKernel.previewIsOn()
              ? List.of("--enable-preview", "--enable-native-access=ALL-UNNAMED")
              : List.of("--enable-native-access=ALL-UNNAMED");
      try (ChildJvm child =
          ChildJvm.start(
              Heir.class,
              flags,
              control.getPath().toString(),
              directory.resolve("heir").toString())) {
        try (SocketChannel heir = door.accept()) {
          Kernel.Received question = kernel.receive(heir, 100, PATIENCE);
          assertEquals("listeners?", US_ASCII.decode(question.text()).toString());
          assertEquals(child.process().pid(), kernel.peer(heir));
          List<Integer> listeners = List.of(fd, kernel.listener(unix.getLocalAddress()));
          ByteBuffer names = ByteBuffer.wrap("http and greeter".getBytes(US_ASCII));
          kernel.send(heir, names, listeners, PATIENCE);
        }
        assertEquals("serving http and greeter", child.lines().readLine());
        kernel.close(handed.letGo(fd));

        int before = ofChild.get();
        Awaitility.await().atMost(PATIENCE).until(() -> ofChild.get() > before + 50);
        assertEquals("parent", keptAlive.ask());
        assertEquals("child", Wire.askOnce(address));
        assertEquals("child", greeting(greeter));
        ofChild.set(Integer.MIN_VALUE);
        customers.get(20, TimeUnit.SECONDS);
        assertEquals(0, child.end());
      }
    } finally {
      parent.stop(0);
    }
  }

  /** Comes again and again, until the count is negative. */
  private static void ask(
      InetSocketAddress address, AtomicInteger ofChild, CompletableFuture<Void> over) {
    try {
      while (ofChild.get() >= 0) {
        if (Wire.askOnce(address).equals("child")) {
          ofChild.incrementAndGet();
        }
      }
      over.complete(null);
    } catch (Throwable e) {
      over.completeExceptionally(e);
    }
  }

  private static String greeting(UnixDomainSocketAddress address) throws IOException {
    try (SocketChannel guest = SocketChannel.open(address)) {
      return new String(Channels.newInputStream(guest).readAllBytes(), US_ASCII);
    }
  }
}
