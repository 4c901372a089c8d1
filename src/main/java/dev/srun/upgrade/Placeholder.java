package dev.srun.upgrade;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A listening socket where nobody connects, in the place of one that is somewhere else: of the same
 * family, since whoever accepts reads addresses of that family.
 */
final class Placeholder {

  private Placeholder() {}

  /** Where a server can be bound until its socket is put in its place. */
  static SocketAddress at(SocketAddress like) throws IOException {
    return like instanceof UnixDomainSocketAddress
        ? UnixDomainSocketAddress.of(Files.createTempDirectory("srun-").resolve("s"))
        : new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  /** Takes away what {@link #at} has made. */
  static void remove(SocketAddress place) throws IOException {
    if (place instanceof UnixDomainSocketAddress unix) {
      Files.deleteIfExists(unix.getPath());
      Path directory = unix.getPath().getParent();
      if (directory != null) {
        Files.deleteIfExists(directory);
      }
    }
  }

  /** One that is bound, and on which accepting does not block. */
  static ServerSocketChannel open(SocketAddress like) throws IOException {
    ServerSocketChannel channel =
        like instanceof UnixDomainSocketAddress
            ? ServerSocketChannel.open(StandardProtocolFamily.UNIX)
            : ServerSocketChannel.open();
    try {
      channel.configureBlocking(false);
      SocketAddress place = at(like);
      channel.bind(place);
      remove(place);
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }
}
