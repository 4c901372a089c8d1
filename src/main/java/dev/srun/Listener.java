package dev.srun;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A bound listening socket, TCP or UNIX-domain, from {@link Context#listen}. Connections wait in
 * the system's queue until they are accepted.
 *
 * <p>Thread-safe: {@link #accept} is called by the service's own thread, {@link #close} by anyone.
 */
public final class Listener implements AutoCloseable {
  private final ListeningSocket socket;
  private final ServerSocketChannel channel;
  private final SocketAddress address;
  private final CountDownLatch letIn = new CountDownLatch(1);
  private final AtomicBoolean closed = new AtomicBoolean();

  private Listener(ListeningSocket socket, ServerSocketChannel channel) throws IOException {
    this.socket = socket;
    this.channel = channel;
    socket.bound(channel.getLocalAddress());
    this.address = socket.address();
    socket.open(letIn::countDown);
  }

  /**
   * Binds what the socket is to listen with. The path of a UNIX-domain socket at which nobody
   * answers was left behind by a process that was killed, and is taken over.
   *
   * @throws BindFailedException naming the listener and its address
   */
  static Listener bind(String name, ListeningSocket socket) throws IOException {
    SocketAddress address = socket.bindTo();
    try {
      try {
        return bind(socket, address);
      } catch (BindException taken) {
        if (!(address instanceof UnixDomainSocketAddress unix && isStale(unix))) {
          throw taken;
        }
        Files.deleteIfExists(unix.getPath());
        return bind(socket, address);
      }
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw new BindFailedException(name, address, e);
    }
  }

  private static Listener bind(ListeningSocket socket, SocketAddress address) throws IOException {
    ServerSocketChannel channel =
        address instanceof UnixDomainSocketAddress
            ? ServerSocketChannel.open(StandardProtocolFamily.UNIX)
            : ServerSocketChannel.open();
    try {
      channel.bind(address);
      return new Listener(socket, channel);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Whether that is the path of a socket that nobody listens at. */
  private static boolean isStale(UnixDomainSocketAddress address) throws IOException {
    if (!Files.readAttributes(address.getPath(), BasicFileAttributes.class).isOther()) {
      return false; // a file, say
    }
    try (SocketChannel somebody = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      somebody.configureBlocking(false); // else it would wait where the queue is full
      somebody.connect(address);
      return false;
    } catch (ConnectException refused) {
      return true;
    } catch (IOException busy) {
      return false;
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
   * Waits for the next connection. In a program that takes another one's place none comes before
   * every service is RUNNING; none comes any more in one that has been replaced.
   *
   * @return the connection, in blocking mode
   * @throws java.nio.channels.ClosedChannelException if the listener is closed, also by an
   *     interrupt of the calling thread
   * @throws IOException if the system cannot accept
   */
  public SocketChannel accept() throws IOException {
    try {
      letIn.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // which has accept close the channel and say so
    }
    return channel.accept();
  }

  /**
   * Stops listening; a thread in {@link #accept} gets an exception. Removes the path of a
   * UNIX-domain socket, unless another process has it now. Closing twice has no effect.
   *
   * @throws IOException if the system cannot close it
   */
  @Override
  public void close() throws IOException {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    boolean stays = socket.isHandedOver();
    socket.close();
    channel.close(); // an interrupted accept has done this already, but not what follows
    letIn.countDown();
    if (address instanceof UnixDomainSocketAddress unix && !stays) {
      Files.deleteIfExists(unix.getPath());
    }
  }
}
