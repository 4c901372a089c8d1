package dev.srun;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A bound listening socket, TCP or UNIX-domain, from {@link Context#listen}. Connections wait in
 * the system's queue until they are accepted.
 *
 * <p>Thread-safe: {@link #accept} is called by the service's own thread, {@link #close} by anyone.
 */
public final class Listener implements AutoCloseable {
  private final ServerSocketChannel channel;
  private final SocketAddress address;
  private final AtomicBoolean closed = new AtomicBoolean();

  private Listener(ServerSocketChannel channel) throws IOException {
    this.channel = channel;
    this.address = channel.getLocalAddress();
  }

  static Listener bind(String name, SocketAddress address) throws IOException {
    ServerSocketChannel channel =
        address instanceof UnixDomainSocketAddress
            ? ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX)
            : ServerSocketChannel.open();
    try {
      channel.bind(address);
      return new Listener(channel);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw new BindFailedException(name, address, e);
    }
  }

  /**
   * Returns where it listens, with the real port when port 0 was asked for.
   *
   * @return the address
   */
  public SocketAddress address() {
    return address;
  }

  /**
   * Waits for the next connection.
   *
   * @return the connection, in blocking mode
   * @throws java.nio.channels.ClosedChannelException if the listener is closed, also by an
   *     interrupt of the calling thread
   * @throws IOException if the system cannot accept
   */
  public SocketChannel accept() throws IOException {
    return channel.accept();
  }

  /**
   * Stops listening; a thread in {@link #accept} gets an exception. Removes the path of a
   * UNIX-domain socket. Closing twice has no effect.
   *
   * @throws IOException if the system cannot close it
   */
  @Override
  public void close() throws IOException {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    channel.close(); // an interrupted accept has done this already, but not what follows
    if (address instanceof UnixDomainSocketAddress unix) {
      Files.deleteIfExists(unix.getPath());
    }
  }
}
