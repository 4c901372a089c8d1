package dev.srun.upgrade;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.ReentrantLock;

/** One end of the line between two generations. Any thread sends, one receives. */
final class Connection implements AutoCloseable {

  /** A message and the sockets that came with it. */
  record Came(Message message, List<Integer> fds) {}

  /** Where the system's calls come from; in a child they may still be in the making. */
  @FunctionalInterface
  interface KernelSource {
    Kernel get() throws IOException;
  }

  private final KernelSource kernel;
  private final SocketChannel channel;
  private final ReentrantLock sending = new ReentrantLock();

  /** What has come of the next message: of its length first. */
  private ByteBuffer text = ByteBuffer.allocate(Integer.BYTES);

  private boolean lengthIsKnown;
  private final List<Integer> fds = new ArrayList<>();

  Connection(KernelSource kernel, SocketChannel channel) {
    this.kernel = kernel;
    this.channel = channel;
  }

  /** The PID at the other end, whatever that says of itself. */
  long peer() throws IOException {
    return kernel.get().peer(channel);
  }

  void send(Message message, Duration limit) throws IOException {
    send(message, List.of(), limit);
  }

  void send(Message message, List<Integer> with, Duration limit) throws IOException {
    Kernel its = kernel.get();
    sending.lock(); // so that no message begins within another; each has a limit
    try {
      its.send(channel, message.bytes(), with, limit);
    } finally {
      sending.unlock();
    }
  }

  /**
   * Waits for a message that brings no socket.
   *
   * @throws java.io.EOFException if the other side has closed the line, or has ended
   * @throws SocketTimeoutException if none has come within the limit
   * @throws ProtocolException if it is not of that kind
   */
  <T extends Message> T receive(Class<T> kind, Duration limit) throws IOException {
    return of(kind, receive(limit));
  }

  static <T extends Message> T of(Class<T> kind, Message message) throws ProtocolException {
    if (!kind.isInstance(message)) {
      throw new ProtocolException(
          "%s; expected %s".formatted(message, kind.getSimpleName().toLowerCase(Locale.ROOT)));
    }
    return kind.cast(message);
  }

  /**
   * Waits for a message that brings no socket. What has come of one when the limit passes is kept
   * for the next call.
   */
  Message receive(Duration limit) throws IOException {
    Came came = receiveWithSockets(limit);
    if (!came.fds().isEmpty()) {
      var unasked = new ProtocolException("sockets that nobody has asked for");
      giveBack(came.fds(), unasked);
      throw unasked;
    }
    return came.message();
  }

  /** Waits for a message that may bring sockets. */
  Came receiveWithSockets(Duration limit) throws IOException {
    long end = System.nanoTime() + limit.toNanos();
    try {
      if (!lengthIsKnown) {
        fill(end);
        int length = text.flip().getInt();
        if (length < 0 || length > Message.LONGEST) {
          throw new ProtocolException("a message of " + length + " bytes");
        }
        text = ByteBuffer.allocate(length);
        lengthIsKnown = true;
      }
      fill(end);
      Message message = Message.of(text.array());
      List<Integer> its = List.copyOf(fds);
      fds.clear();
      text = ByteBuffer.allocate(Integer.BYTES);
      lengthIsKnown = false;
      return new Came(message, its);
    } catch (IOException | RuntimeException e) {
      giveBack(fds, e);
      fds.clear();
      throw e;
    }
  }

  private void fill(long end) throws IOException {
    while (text.hasRemaining()) {
      Duration left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
      Kernel.Received received = kernel.get().receive(channel, text.remaining(), left);
      fds.addAll(received.fds());
      text.put(received.text());
    }
  }

  /** Closes what has come and cannot be used. */
  void giveBack(List<Integer> unwanted, Exception why) {
    for (int fd : unwanted) {
      try {
        kernel.get().close(fd);
      } catch (IOException e) {
        why.addSuppressed(e);
      }
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
