package dev.srun.upgrade;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** One end of the line between two generations. Messages are read by one thread. */
final class Connection implements AutoCloseable {

  /** A message and the sockets that came with it. */
  record Said(Message message, List<Integer> fds) {}

  private final Kernel kernel;
  private final SocketChannel channel;

  Connection(Kernel kernel, SocketChannel channel) {
    this.kernel = kernel;
    this.channel = channel;
  }

  void send(Message message, Duration limit) throws IOException {
    send(message, List.of(), limit);
  }

  void send(Message message, List<Integer> fds, Duration limit) throws IOException {
    kernel.send(channel, message.bytes(), fds, limit);
  }

  /**
   * Waits for a message that brings no socket.
   *
   * @throws java.io.EOFException if the other side has closed the line, or has ended
   * @throws java.net.SocketTimeoutException if none has come within the limit
   * @throws ProtocolException if it is not of that kind
   */
  <T extends Message> T receive(Class<T> kind, Duration limit) throws IOException {
    Said said = receive(limit);
    if (!said.fds().isEmpty()) {
      var unasked = new ProtocolException("sockets that nobody has asked for");
      giveBack(said.fds(), unasked);
      throw unasked;
    }
    return of(kind, said.message());
  }

  private static <T extends Message> T of(Class<T> kind, Message message) throws ProtocolException {
    if (!kind.isInstance(message)) {
      throw new ProtocolException(
          "%s; expected %s".formatted(message, kind.getSimpleName().toLowerCase(Locale.ROOT)));
    }
    return kind.cast(message);
  }

  /** Waits for a message, as {@link #receive(Class, Duration)} does, that may bring sockets. */
  Said receive(Duration limit) throws IOException {
    long end = System.nanoTime() + limit.toNanos();
    List<Integer> fds = new ArrayList<>();
    try {
      int length = read(Integer.BYTES, end, fds).getInt();
      if (length < 0 || length > Message.LONGEST) {
        throw new ProtocolException("a message of " + length + " bytes");
      }
      ByteBuffer text = read(length, end, fds);
      byte[] bytes = new byte[text.remaining()];
      text.get(bytes);
      return new Said(Message.of(bytes), List.copyOf(fds));
    } catch (IOException | RuntimeException e) {
      giveBack(fds, e);
      throw e;
    }
  }

  private ByteBuffer read(int length, long end, List<Integer> fds) throws IOException {
    ByteBuffer all = ByteBuffer.allocate(length);
    while (all.hasRemaining()) {
      Duration left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
      Kernel.Received received = kernel.receive(channel, all.remaining(), left);
      fds.addAll(received.fds());
      all.put(received.text());
    }
    return all.flip();
  }

  /** Closes what has come and cannot be used. */
  void giveBack(List<Integer> fds, Exception why) {
    for (int fd : fds) {
      try {
        kernel.close(fd);
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
