package dev.srun.http;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The system's table of TCP connections, where it has one to be read: Linux. */
final class TcpTable {
  private static final String ESTABLISHED = "01";

  /** What stands in each line of a connection. */
  private static final String CONNECTED = " " + ESTABLISHED + " ";

  private static final byte[] MAPPED = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1};

  private final Path directory;

  /**
   * Reads the files {@code tcp} and {@code tcp6}.
   *
   * @param directory where they are
   */
  TcpTable(Path directory) {
    this.directory = directory;
  }

  /** The one of this process's network. */
  static TcpTable ofSystem() {
    return new TcpTable(Path.of("/proc/self/net"));
  }

  /**
   * Whether a connection is not established any more; false where that cannot be known. While the
   * table is read it may change, and then a line may be missed: only what is missing twice is gone.
   */
  boolean isGone(InetSocketAddress local, InetSocketAddress remote) {
    try {
      boolean isOver = isOver(local, remote);
      return isOver && isOver(local, remote);
    } catch (IOException unknown) {
      return false;
    }
  }

  private boolean isOver(InetSocketAddress local, InetSocketAddress remote) throws IOException {
    boolean isV4 = local.getAddress() instanceof Inet4Address;
    if (isV4 && isEstablished("tcp", hex(local) + " " + hex(remote))) {
      return false;
    }
    Path v6 = directory.resolve("tcp6");
    if (isV4 && Files.notExists(v6)) {
      return true;
    }
    return !isEstablished("tcp6", hexV6(local) + " " + hexV6(remote));
  }

  /**
   * Whether somebody is connected to a port of this machine.
   *
   * @param except the other port of a connection that does not count; 0 where all do
   */
  boolean hasConnections(int port, int except) throws IOException {
    for (String file : List.of("tcp", "tcp6")) {
      Path table = directory.resolve(file);
      if (Files.exists(table) && hasConnections(table, port(port), port(except))) {
        return true;
      }
    }
    return false;
  }

  private static boolean hasConnections(Path table, String local, String except)
      throws IOException {
    try (BufferedReader lines = Files.newBufferedReader(table, StandardCharsets.ISO_8859_1)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.contains(CONNECTED)) {
          continue; // there may be many thousands that have ended
        }
        String[] columns = line.strip().split("\\s+", 5);
        if (columns.length == 5
            && columns[1].endsWith(local)
            && !columns[2].endsWith(except)
            && columns[3].equals(ESTABLISHED)) {
          return true;
        }
      }
      return false;
    }
  }

  private static String port(int port) {
    return String.format(Locale.ROOT, ":%04X", port);
  }

  /** Lines are: number, local address, remote address, state, and more. */
  private boolean isEstablished(String file, String addresses) throws IOException {
    String wanted = ": " + addresses + CONNECTED;
    try (BufferedReader lines =
        Files.newBufferedReader(directory.resolve(file), StandardCharsets.ISO_8859_1)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.contains(wanted)) {
          return true;
        }
      }
      return false;
    }
  }

  private static String hex(InetSocketAddress address) {
    return hex(address.getAddress().getAddress(), address.getPort());
  }

  /** An IPv4 connection of a socket that listens on IPv6 too stands there mapped. */
  private static String hexV6(InetSocketAddress address) {
    byte[] bytes = address.getAddress().getAddress();
    if (address.getAddress() instanceof Inet4Address) {
      bytes = ByteBuffer.allocate(16).put(MAPPED).put(bytes).array();
    }
    return hex(bytes, address.getPort());
  }

  /** Words of four bytes, each as the machine would print its number. */
  private static String hex(byte[] address, int port) {
    StringBuilder text = new StringBuilder();
    ByteBuffer words = ByteBuffer.wrap(address).order(ByteOrder.nativeOrder());
    while (words.hasRemaining()) {
      text.append(String.format(Locale.ROOT, "%08X", words.getInt()));
    }
    return text.append(port(port)).toString();
  }
}
