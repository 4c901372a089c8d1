package dev.srun.upgrade;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections of our own to real sockets. */
final class AcceptProbeTest {
  private static final int SHORTEST_QUEUE = 1;

  /** More than fit into the shortest queue, whatever the system adds to it. */
  private static final int MANY = 10;

  @TempDir private Path directory;

  private ServerSocketChannel bound(String where) throws IOException {
    boolean isTcp = where.equals("tcp");
    SocketAddress address =
        isTcp
            ? new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)
            : UnixDomainSocketAddress.of(directory.resolve("socket"));
    return ServerSocketChannel.open(
            isTcp ? StandardProtocolFamily.INET : StandardProtocolFamily.UNIX)
        .bind(address, SHORTEST_QUEUE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"tcp", "unix"})
  void oneIsAcceptedWhenAServerHasIt(String where) throws Exception {
    try (ServerSocketChannel server = bound(where);
        AcceptProbe probe = AcceptProbe.connect(server.getLocalAddress())) {
      assertEquals(AcceptProbe.State.WAITING, probe.state());
      server.accept().close();
      assertEquals(AcceptProbe.State.ACCEPTED, probe.state());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tcp", "unix"})
  @Timeout(value = 10, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void oneToAFullQueueFailsSoon(String where) throws Exception {
    List<AcceptProbe> made = new ArrayList<>();
    try (ServerSocketChannel server = bound(where)) {
      assertThrows(
          IOException.class,
          () -> {
            for (int i = 0; i < MANY; i++) {
              made.add(AcceptProbe.connect(server.getLocalAddress()));
            }
          });
    } finally {
      for (AcceptProbe probe : made) {
        probe.close();
      }
    }
  }
}
