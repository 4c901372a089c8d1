package dev.srun.bench.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What Linux says of both ends of the connections on this machine. It tells a request that the
 * server took in and lost from one that it closed the connection upon: to a client both look the
 * same, since a JVM first closes its sending half, so that the reset comes after the end.
 *
 * @param unread whether there is something that was not read, by local and remote port
 */
record SocketTable(Map<String, Boolean> unread) {
  private static final List<Path> TABLES =
      List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"));
  private static final int QUEUES = 4;

  /** Takes some ten milliseconds where there are thousands of connections. */
  static SocketTable read() throws IOException {
    Map<String, Boolean> unread = new HashMap<>();
    for (Path table : TABLES) {
      List<String> lines = Files.readAllLines(table);
      for (String line : lines.subList(1, lines.size())) {
        String[] columns = line.strip().split(" +", QUEUES + 2);
        unread.put(port(columns[1]) + port(columns[2]), !columns[QUEUES].endsWith(":00000000"));
      }
    }
    return new SocketTable(unread);
  }

  private static String port(String address) {
    return address.substring(address.lastIndexOf(':'));
  }

  /**
   * Returns whether what the client sent was never read by the server, which has closed its side
   * and then the table was read. A client's end that is gone was reset.
   */
  boolean isUnread(int client, int server) {
    return !unread.containsKey(key(client, server))
        || unread.getOrDefault(key(server, client), false);
  }

  private static String key(int local, int remote) {
    return ":%04X:%04X".formatted(local, remote);
  }
}
