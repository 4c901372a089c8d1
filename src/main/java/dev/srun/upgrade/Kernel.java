package dev.srun.upgrade;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the upgrade needs of the operating system beyond the JDK: one seam, so that its faults can
 * be tests.
 *
 * <p>Every failure is an IOException that names the call, the thing and the error. What has a limit
 * waits in the system for it, so it is called on platform threads: a virtual one would hold its
 * carrier. Who is late gets a {@link java.net.SocketTimeoutException}; who is interrupted gets,
 * within 50 ms, an {@link java.io.InterruptedIOException} and stays interrupted.
 */
interface Kernel {

  /** The one for this JVM and machine. */
  static Found find() {
    return LinuxKernel.find(
        System.getProperty("os.name", ""),
        System.getProperty("os.arch", ""),
        Runtime.version().feature());
  }

  /**
   * The file descriptor of the socket of this process that listens on an address, TCP or UNIX.
   * 0.0.0.0 and [::] are one address.
   *
   * @throws IOException also where there is none, or more than one: a {@link #duplicate} counts
   */
  int listener(SocketAddress address) throws IOException;

  /**
   * The address of a listening stream socket, TCP or UNIX.
   *
   * @throws IOException also where it is something else
   */
  SocketAddress addressOf(int fd) throws IOException;

  /**
   * Sends all of a text, and with its first byte duplicates of file descriptors. After a failure
   * nobody knows how much of it has gone.
   *
   * @param to a connected UNIX channel, both of whose ends are bound to a path, by which its file
   *     descriptor is found; blocking or not
   * @param text at least a byte
   * @param fds 253 at most, which is the system's limit
   */
  void send(SocketChannel to, ByteBuffer text, List<Integer> fds, Duration limit)
      throws IOException;

  /**
   * Receives what has come, waiting for it if need be. A text may come in pieces and, where it was
   * sent without file descriptors, together with others: it says itself where it ends.
   *
   * @param from as for {@link #send}
   * @param mostBytes the rest is left for the next call
   * @throws java.io.EOFException at the end of the stream
   * @throws IOException also where file descriptors came that could not all be taken; those that
   *     were are closed
   */
  Received receive(SocketChannel from, int mostBytes, Duration limit) throws IOException;

  /**
   * Returns the process at the other end of a connected UNIX channel, as the system knows it: the
   * one that connected or listened, whatever it says of itself.
   */
  long peer(SocketChannel of) throws IOException;

  /**
   * Returns whether this process has a connection that came to that address, where it listens or
   * did; also one that the other side has closed.
   */
  boolean hasConnections(SocketAddress listener) throws IOException;

  /** Returns how many connections wait to be accepted at a TCP socket that listens. */
  int waiting(int fd) throws IOException;

  /** Another file descriptor for the same thing, closed on exec. */
  int duplicate(int fd) throws IOException;

  /**
   * From here on {@code fd}, which stays open, is what {@code with} is, and closed on exec. A
   * thread that waits for what it was before is not woken up.
   */
  void replace(int fd, int with) throws IOException;

  /**
   * Has no accept wait in the system: neither here nor in any process with the same socket. Who
   * waited there before this call still does, and would take a connection after a {@link #replace}.
   */
  void nonBlocking(int fd) throws IOException;

  /**
   * Ends a listening socket itself, whoever else holds it: those who wait for a connection on it
   * wake up, and look at what their file descriptor is now. Meant for a placeholder after {@link
   * #replace} took it away. It has to stay open until they have woken up: virtual threads and
   * selectors wait in epoll, which forgets what is closed.
   */
  void shutdown(int fd) throws IOException;

  /** Closes a file descriptor, which is gone even when this fails. */
  void close(int fd) throws IOException;

  /**
   * Sends a datagram to systemd.
   *
   * @param socketPath as in {@code NOTIFY_SOCKET}: a path, or an abstract name with a leading @
   * @param text lines as sd_notify(3) has them
   */
  void notify(String socketPath, String text, Duration limit) throws IOException;

  /** Waits until systemd has read what was sent before, as sd_notify_barrier(3) does. */
  void notifyBarrier(String socketPath, Duration limit) throws IOException;

  /**
   * The outcome of looking for a kernel.
   *
   * @param kernel absent where there is none
   * @param whyNot why there is none, as a sentence's end such as "JDK 21 needs --enable-preview for
   *     it"; empty otherwise
   */
  record Found(@Nullable Kernel kernel, String whyNot) {}

  /**
   * What one call received.
   *
   * @param text at least a byte, ready to be read
   * @param fds the receiver's to close, in the order in which they were sent; closed on exec
   */
  record Received(ByteBuffer text, List<Integer> fds) {
    public Received {
      fds = List.copyOf(fds);
    }
  }
}
