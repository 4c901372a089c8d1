package dev.srun.upgrade;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Starts a program with a listening socket as its file descriptor 3, as systemd does: becomes it.
 */
public final class SocketStarter {
  private static final int FIRST = 3;

  private SocketStarter() {}

  /** The words by which a JVM of its own does so; what is started follows. */
  public static String[] command(int port, String name) {
    List<String> words = new ArrayList<>();
    words.add(ProcessHandle.current().info().command().orElseThrow());
    words.add("--enable-preview");
    words.add("-cp");
    words.add(System.getProperty("java.class.path"));
    words.add(SocketStarter.class.getName());
    words.add(Integer.toString(port));
    words.add(name);
    return words.toArray(String[]::new);
  }

  /** Whether this JVM can. */
  public static boolean isPossible() {
    return BareSystem.find().isPresent();
  }

  /** A port that nobody has for the moment. */
  public static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  public static void main(String[] args) throws IOException {
    int port = Integer.parseInt(args[0]);
    ServerSocketChannel channel = ServerSocketChannel.open();
    try (channel) {
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
      channel.bind(address);
      Kernel kernel = Kernel.find().kernel();
      BareSystem system = BareSystem.find().orElseThrow();
      if (kernel == null) {
        throw new IllegalStateException("no kernel");
      }
      Map<String, String> environment = new TreeMap<>(System.getenv());
      environment.put("LISTEN_PID", Long.toString(ProcessHandle.current().pid()));
      environment.put("LISTEN_FDS", "1");
      environment.put("LISTEN_FDNAMES", args[1]);
      system.duplicate(kernel.listener(address), FIRST);
      channel.close(); // exec would leave it open
      system.exec(List.of(args).subList(2, args.length), environment);
    }
  }
}
