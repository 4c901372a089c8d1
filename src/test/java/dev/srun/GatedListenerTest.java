package dev.srun;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.upgrade.GateUnderTest;
import dev.srun.upgrade.ListenerTable;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A listener in a program that takes another one's place. */
@Timeout(60)
final class GatedListenerTest {

  @TempDir private Path directory;

  private UnixDomainSocketAddress address;
  private Path path;
  private GateUnderTest gate;

  @BeforeEach
  void listenElsewhere() throws Exception {
    path = directory.resolve("s");
    address = UnixDomainSocketAddress.of(path);
    Files.createFile(path); // as if the other program listened there
    gate = new GateUnderTest("api", address);
  }

  private static CompletableFuture<SocketChannel> accept(Listener listener) {
    CompletableFuture<SocketChannel> accepted = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            accepted.complete(listener.accept());
          } catch (Exception e) {
            accepted.completeExceptionally(e);
          }
        });
    return accepted;
  }

  @Test
  void nothingIsAcceptedBeforeTheProgramIsLetIn() throws Exception {
    InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (Listener listener = Listener.bind("new", gate.claim("new", anyPort));
        SocketChannel early = SocketChannel.open(listener.address())) {
      CompletableFuture<SocketChannel> accepted = accept(listener);
      await().during(Duration.ofMillis(150)).until(() -> !accepted.isDone());
      gate.letIn();

      accepted.get(10, TimeUnit.SECONDS).close();
      assertTrue(early.isConnected());
    }
  }

  @Test
  void closeEndsAnAcceptAtTheGate() throws Exception {
    Listener listener = Listener.bind("api", gate.claim("api", address));
    CompletableFuture<SocketChannel> accepted = accept(listener);
    listener.close();
    var failure =
        Assertions.assertThrows(ExecutionException.class, () -> accepted.get(10, TimeUnit.SECONDS));

    assertInstanceOf(ClosedChannelException.class, failure.getCause());
    assertEquals(0, gate.open());
  }

  @Test
  void itKnowsWhereItWillListen() throws Exception {
    try (Listener listener = Listener.bind("api", gate.claim("api", address))) {
      assertEquals(address, listener.address());
    }
  }

  @Test
  void aProgramThatIsNeverLetInLeavesThePathToTheOther() throws Exception {
    Listener.bind("api", gate.claim("api", address)).close();

    assertTrue(Files.exists(path));
  }

  @Test
  void aProgramThatFailsWhileTheOtherMayTakeBackLeavesThePathToIt() throws Exception {
    Listener listener = Listener.bind("api", gate.claim("api", address));
    gate.letIn();
    listener.close();

    assertTrue(Files.exists(path));
  }

  @Test
  void aProgramThatIsAloneTakesThePathWithIt() throws Exception {
    Listener listener = Listener.bind("api", gate.claim("api", address));
    gate.letIn();
    gate.isLeftAlone();
    listener.close();

    assertFalse(Files.exists(path));
  }

  @Test
  void aProgramThatIsReplacedInItsTurnLeavesThePathToTheNext() throws Exception {
    Listener listener = Listener.bind("api", gate.claim("api", address));
    gate.letIn();
    gate.isLeftAlone();
    gate.letGo();
    listener.close();

    assertTrue(Files.exists(path));
    assertEquals(0, gate.open());
  }

  // Paths that are in the way

  private Listener bind() throws Exception {
    return Listener.bind("api", new ListenerTable().claim("t", "api", address));
  }

  @Test
  void aFileInTheWayIsNotTakenAway() throws Exception {
    Files.writeString(path, "precious");
    var refused = Assertions.assertThrows(BindFailedException.class, this::bind);

    assertTrue(refused.getMessage().contains(path.toString()), refused::getMessage);
    assertEquals("precious", Files.readString(path));
  }

  @Test
  void aPathAtWhichNobodyAnswersIsTakenOver() throws Exception {
    Files.delete(path);
    ServerSocketChannel killed = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    killed.bind(address);
    killed.close(); // which leaves its path, as a process that is killed does
    assertTrue(Files.exists(path));
    try (Listener listener = bind();
        SocketChannel client = SocketChannel.open(address);
        SocketChannel accepted = listener.accept()) {
      assertTrue(client.isConnected() && accepted.isConnected());
    }
    assertFalse(Files.exists(path));
  }
}
