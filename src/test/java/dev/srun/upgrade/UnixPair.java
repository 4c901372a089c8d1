package dev.srun.upgrade;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** Two connected UNIX channels, both bound to a path. */
record UnixPair(SocketChannel parent, SocketChannel child) implements AutoCloseable {

  static UnixPair in(Path directory) throws IOException {
    return between(directory.resolve("parent"), directory.resolve("child"));
  }

  static UnixPair between(Path parent, Path child) throws IOException {
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(parent));
      SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX);
      client.bind(UnixDomainSocketAddress.of(child));
      client.connect(UnixDomainSocketAddress.of(parent));
      return new UnixPair(server.accept(), client);
    }
  }

  @Override
  public void close() throws IOException {
    parent.close();
    child.close();
  }
}
