package dev.srun.upgrade;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * A connection of our own to a listening socket, to see whether a server accepts it. The kernel
 * completes a connection before any server does: in its tables of proc(5) the server's end has no
 * inode until then. Used by one thread.
 */
final class AcceptProbe implements AutoCloseable {

  /** What the kernel says of the connection. */
  enum State {
    /** It waits to be accepted. */
    WAITING,
    /** A server has it, or had it and has closed it. */
    ACCEPTED,
    /** The kernel's tables cannot be read. */
    UNKNOWN
  }

  /** A connection over the loopback interface is completed at once, unless the queue is full. */
  private static final int CONNECT_MILLIS = 500;

  private static final Path TABLES = Path.of("/proc/self/net");
  private static final String NO_INODE = "0";
  private static final String[] NOTHING = {};
  private static final String ESTABLISHED = "01";
  private static final String SYN_RECEIVED = "03";

  private final Closeable connection;
  private final SocketAddress listener;
  private final int port;

  private AcceptProbe(Closeable connection, SocketAddress listener, int port) {
    this.connection = connection;
    this.listener = listener;
    this.port = port;
  }

  /**
   * Connects; sends nothing.
   *
   * @param listener where a server listens on this machine; a wildcard address is asked by loopback
   * @throws IOException if nobody listens there, or the queue of connections is full
   */
  static AcceptProbe connect(SocketAddress listener) throws IOException {
    if (listener instanceof UnixDomainSocketAddress unix) {
      return new AcceptProbe(connected(unix), listener, 0);
    }
    InetSocketAddress inet = (InetSocketAddress) listener;
    Socket socket = new Socket();
    try {
      InetAddress address = inet.getAddress();
      socket.connect(
          address.isAnyLocalAddress()
              ? new InetSocketAddress(InetAddress.getLoopbackAddress(), inet.getPort())
              : inet,
          CONNECT_MILLIS);
      return new AcceptProbe(socket, listener, socket.getLocalPort());
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  /** Where the queue is full the kernel would have us wait for ever. */
  private static SocketChannel connected(UnixDomainSocketAddress unix) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.configureBlocking(false);
      if (!channel.connect(unix)) {
        throw new SocketTimeoutException("the queue of connections is full");
      }
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Looks once. */
  State state() {
    try {
      if (listener instanceof UnixDomainSocketAddress unix) {
        return unixState(unix);
      }
      // While a table is read it may change, and then a line may be missed.
      State state = tcpState();
      return state == State.ACCEPTED ? tcpState() : state;
    } catch (IOException unreadable) {
      return State.UNKNOWN;
    }
  }

  /**
   * Lines are: number, local address, remote address, state, ..., inode as the tenth. What was
   * accepted and closed since has no inode either, but another state.
   */
  private State tcpState() throws IOException {
    String local = hex(((InetSocketAddress) listener).getPort());
    String remote = hex(port);
    for (String table : List.of("tcp", "tcp6")) {
      Path file = TABLES.resolve(table);
      if (table.equals("tcp6") && Files.notExists(file)) {
        continue; // no IPv6 here
      }
      try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          if (line.contains(remote) && line.contains(local)) { // of some ten thousand lines
            String[] columns = line.strip().split("\\s+", 11);
            if (columns.length > 9 && columns[1].endsWith(local) && columns[2].endsWith(remote)) {
              return state(columns[3], columns[9]);
            }
          }
        }
      }
    }
    return State.ACCEPTED; // and closed
  }

  private static State state(String tcpState, String inode) {
    if (!inode.equals(NO_INODE)) {
      return State.ACCEPTED;
    }
    return switch (tcpState) {
      case ESTABLISHED -> State.WAITING;
      case SYN_RECEIVED -> State.UNKNOWN; // a socket that defers what has sent nothing
      default -> State.ACCEPTED;
    };
  }

  private static String hex(int number) {
    return String.format(Locale.ROOT, ":%04X", number);
  }

  /**
   * Lines are: address, count, protocol, flags, type, state, inode, path. They do not tell one
   * client from another, so ours is accepted when nobody waits any more.
   */
  private State unixState(UnixDomainSocketAddress unix) throws IOException {
    String path = unix.getPath().toString();
    for (String line : Files.readAllLines(TABLES.resolve("unix"), StandardCharsets.UTF_8)) {
      String[] columns = line.endsWith(path) ? line.strip().split("\\s+", 8) : NOTHING;
      if (columns.length == 8 && columns[6].equals(NO_INODE) && columns[7].equals(path)) {
        return State.WAITING;
      }
    }
    return State.ACCEPTED;
  }

  @Override
  public void close() throws IOException {
    connection.close();
  }
}
