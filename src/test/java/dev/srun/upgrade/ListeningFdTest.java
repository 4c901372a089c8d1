package dev.srun.upgrade;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** File descriptors of listening sockets: found, duplicated, closed; what is refused. */
@EnabledIf(
    value = "dev.srun.upgrade.ThisKernel#isThere",
    disabledReason = "JDK 21 needs --enable-preview for it")
final class ListeningFdTest {
  private static final int NOBODYS = 1_000_000;

  private final Kernel kernel = ThisKernel.kernel();

  private static ServerSocketChannel listening(SocketAddress address) throws IOException {
    return (address instanceof UnixDomainSocketAddress
            ? ServerSocketChannel.open(StandardProtocolFamily.UNIX)
            : ServerSocketChannel.open())
        .bind(address);
  }

  private static InetSocketAddress at(String host, int port) throws IOException {
    return new InetSocketAddress(InetAddress.getByName(host), port);
  }

  // Found

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1", "0.0.0.0", "::"})
  void aTcpListenerIsFoundByItsAddress(String host) throws IOException {
    try (ServerSocketChannel server = listening(at(host, 0));
        ServerSocketChannel other = listening(at(host, 0))) {
      int fd = kernel.listener(server.getLocalAddress());

      assertTrue(SocketName.isSame(server.getLocalAddress(), kernel.addressOf(fd)));
      assertFalse(SocketName.isSame(other.getLocalAddress(), kernel.addressOf(fd)));
    }
  }

  @Test
  void allInterfacesAreOneAddressInBothFamilies() throws IOException {
    try (ServerSocketChannel server = listening(at("0.0.0.0", 0))) {
      int port = server.socket().getLocalPort();

      assertEquals(kernel.listener(at("::", port)), kernel.listener(at("0.0.0.0", port)));
    }
  }

  @Test
  void anIpv4AddressIsFoundMappedIntoIpv6() throws IOException {
    try (ServerSocketChannel server = listening(at("127.0.0.1", 0))) {
      int fd = kernel.listener(at("::ffff:127.0.0.1", server.socket().getLocalPort()));

      assertEquals(server.getLocalAddress(), kernel.addressOf(fd));
    }
  }

  @Test
  void aListenerOfIpv4OnlyIsFoundToo() throws IOException {
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.INET)) {
      server.bind(at("0.0.0.0", 0));

      int fd = kernel.listener(server.getLocalAddress());

      assertEquals(server.getLocalAddress(), kernel.addressOf(fd));
    }
  }

  @Test
  void aUnixListenerIsFoundByItsPathHoweverItIsWritten(@TempDir Path directory) throws IOException {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(directory.resolve("x y"));
    try (ServerSocketChannel server = listening(address)) {
      Path roundabout = directory.resolve("..").resolve(directory.getFileName()).resolve("x y");

      int fd = kernel.listener(UnixDomainSocketAddress.of(roundabout));

      assertEquals(address, kernel.addressOf(fd));
      assertTrue(server.isOpen());
    }
  }

  @Test
  void connectionsToAListenerAreNotTakenForIt() throws IOException {
    try (ServerSocketChannel server = listening(at("127.0.0.1", 0));
        SocketChannel client = SocketChannel.open(server.getLocalAddress());
        SocketChannel accepted = server.accept()) {
      int fd = kernel.listener(server.getLocalAddress());

      assertEquals(server.getLocalAddress(), accepted.getLocalAddress());
      assertEquals(server.getLocalAddress(), kernel.addressOf(fd));
      assertTrue(client.isConnected());
    }
  }

  @Test
  void whereNobodyListensTheAddressIsNamed() throws IOException {
    InetSocketAddress gone;
    try (ServerSocketChannel server = listening(at("127.0.0.1", 0))) {
      gone = (InetSocketAddress) server.getLocalAddress();
    }

    IOException refused = assertThrows(IOException.class, () -> kernel.listener(gone));

    assertEquals("this process does not listen on " + gone, refused.getMessage());
  }

  @Test
  void aDuplicateMakesTheAddressAmbiguous() throws IOException {
    try (ServerSocketChannel server = listening(at("127.0.0.1", 0))) {
      SocketAddress address = server.getLocalAddress();
      int duplicate = kernel.duplicate(kernel.listener(address));

      IOException refused = assertThrows(IOException.class, () -> kernel.listener(address));

      assertTrue(refused.getMessage().contains("listens on " + address), refused::getMessage);
      kernel.close(duplicate);
      assertEquals(address, kernel.addressOf(kernel.listener(address)));
    }
  }

  // Connected

  @ParameterizedTest
  @CsvSource({"127.0.0.1, 127.0.0.1", "::1, ::1", "0.0.0.0, 127.0.0.1", "::, 127.0.0.1", "::, ::1"})
  void connectionsAreSeenUntilTheyAreClosedHere(String host, String from) throws IOException {
    ServerSocketChannel server = listening(at(host, 0));
    SocketAddress address = server.getLocalAddress();
    assertFalse(kernel.hasConnections(address));
    SocketChannel client = SocketChannel.open(at(from, server.socket().getLocalPort()));
    assertFalse(kernel.hasConnections(address)); // nobody has accepted it
    SocketChannel accepted = server.accept();
    assertTrue(kernel.hasConnections(address));
    server.close();
    assertTrue(kernel.hasConnections(address));
    client.close(); // by now the other side has closed its end
    assertTrue(kernel.hasConnections(address));
    accepted.close();
    assertFalse(kernel.hasConnections(address));
  }

  @Test
  void unixConnectionsAreSeenToo(@TempDir Path directory) throws IOException {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(directory.resolve("x"));
    UnixDomainSocketAddress another = UnixDomainSocketAddress.of(directory.resolve("y"));
    try (ServerSocketChannel server = listening(address);
        ServerSocketChannel other = listening(another);
        SocketChannel client = SocketChannel.open(address)) {
      assertFalse(kernel.hasConnections(address));
      try (SocketChannel accepted = server.accept()) {
        assertTrue(accepted.isOpen());
        assertTrue(kernel.hasConnections(address));
        assertFalse(kernel.hasConnections(other.getLocalAddress()));
      }
      assertTrue(client.isConnected());
      assertFalse(kernel.hasConnections(address));
    }
  }

  @Test
  void connectionsToAnotherAddressOfThePortDoNotCount() throws IOException {
    try (ServerSocketChannel one = listening(at("127.0.0.1", 0));
        ServerSocketChannel two = listening(at("127.0.0.2", one.socket().getLocalPort()));
        SocketChannel client = SocketChannel.open(two.getLocalAddress());
        SocketChannel accepted = two.accept()) {
      assertTrue(client.isConnected() && accepted.isConnected());
      assertTrue(kernel.hasConnections(two.getLocalAddress()));
      assertFalse(kernel.hasConnections(one.getLocalAddress()));
    }
  }

  // Refused

  @Test
  void whatIsNoListeningStreamSocketIsTold(@TempDir Path directory) throws IOException {
    try (UnixPair connected = UnixPair.in(directory);
        DatagramChannel datagrams = DatagramChannel.open()) {
      int connection = new OpenSockets(ThisKernel.system()).duplicateOf(connected.parent());
      assertTrue(datagrams.isOpen());

      assertEquals(
          "file descriptor " + connection + " is no listening stream socket",
          assertThrows(IOException.class, () -> kernel.addressOf(connection)).getMessage());
      assertEquals(
          "getsockopt of file descriptor 0 failed: ENOTSOCK",
          assertThrows(IOException.class, () -> kernel.addressOf(0)).getMessage());
      assertEquals(
          "getsockopt of file descriptor 1000000 failed: EBADF",
          assertThrows(IOException.class, () -> kernel.addressOf(NOBODYS)).getMessage());
      kernel.close(connection);
    }
  }

  @Test
  void whatFailsNamesTheCallTheThingAndTheError() throws IOException {
    try (ServerSocketChannel server = listening(at("127.0.0.1", 0))) {
      int fd = kernel.listener(server.getLocalAddress());

      assertEquals(
          "close of file descriptor 1000000 failed: EBADF",
          assertThrows(IOException.class, () -> kernel.close(NOBODYS)).getMessage());
      assertEquals(
          "fcntl of file descriptor 1000000 failed: EBADF",
          assertThrows(IOException.class, () -> kernel.duplicate(NOBODYS)).getMessage());
      assertEquals(
          "dup3 of file descriptor 1000000 over file descriptor " + fd + " failed: EBADF",
          assertThrows(IOException.class, () -> kernel.replace(fd, NOBODYS)).getMessage());
      assertEquals(
          "fcntl of file descriptor 1000000 failed: EBADF",
          assertThrows(IOException.class, () -> kernel.nonBlocking(NOBODYS)).getMessage());
      assertEquals(
          "shutdown of file descriptor 0 failed: ENOTSOCK",
          assertThrows(IOException.class, () -> kernel.shutdown(0)).getMessage());
    }
  }

  @Test
  void aFileDescriptorThatIsClosedIsNotReplaced() throws IOException {
    try (ServerSocketChannel server = listening(at("127.0.0.1", 0))) {
      int fd = kernel.listener(server.getLocalAddress());
      int closed = kernel.duplicate(fd);
      kernel.close(closed);

      assertThrows(IOException.class, () -> kernel.replace(closed, fd));
      assertFalse(ThisKernel.isOpen(closed));
    }
  }

  @Test
  void anErrorWithoutANameHasItsNumber() {
    assertEquals("errno 74", Errno.name(74));
    assertEquals("EMFILE", Errno.name(24));
  }

  // Kept to

  @Test
  void whatIsMadeIsClosedOnExec() throws IOException {
    try (ServerSocketChannel server = listening(at("127.0.0.1", 0));
        ServerSocketChannel other = listening(at("127.0.0.1", 0))) {
      int fd = kernel.listener(server.getLocalAddress());
      int replaced = kernel.listener(other.getLocalAddress());
      int duplicate = kernel.duplicate(fd);
      kernel.replace(replaced, fd);

      assertTrue(ThisKernel.closesOnExec(duplicate));
      assertTrue(ThisKernel.closesOnExec(replaced));
      kernel.close(duplicate);
      assertFalse(ThisKernel.isOpen(duplicate));
    }
  }

  @Test
  void nonBlockingIsAPropertyOfTheSocketNotOfTheFileDescriptor() throws IOException {
    try (ServerSocketChannel server = listening(at("127.0.0.1", 0))) {
      int fd = kernel.listener(server.getLocalAddress());
      int duplicate = kernel.duplicate(fd);
      assertFalse(ThisKernel.isNonBlocking(fd));

      kernel.nonBlocking(duplicate);

      assertTrue(ThisKernel.isNonBlocking(fd));
      kernel.close(duplicate);
    }
  }

  @Test
  void lookingLeavesNothingOpen(@TempDir Path directory) throws IOException {
    SocketAddress address = UnixDomainSocketAddress.of(directory.resolve("x"));
    try (ServerSocketChannel server = listening(address)) {
      kernel.listener(address);
      String before = ThisKernel.listing();

      for (int i = 0; i < 20; i++) {
        kernel.addressOf(kernel.listener(address));
        assertThrows(IOException.class, () -> kernel.listener(at("127.0.0.1", 1)));
      }

      assertEquals(before, ThisKernel.listing());
      assertTrue(server.isOpen());
      assertTrue(Files.exists(directory.resolve("x")));
    }
  }
}
