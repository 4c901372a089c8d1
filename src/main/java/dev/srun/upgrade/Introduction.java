package dev.srun.upgrade;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/**
 * The first words between a child and its parent, by means of the JDK alone: what the child needs
 * to start its services with is there before it can call the system, which takes it a while to
 * learn.
 */
final class Introduction implements AutoCloseable {
  private final SocketChannel channel;
  private final Selector selector;
  private final long end;

  /** Begins one on a channel that is not blocking from here on. */
  Introduction(SocketChannel channel, Duration limit) throws IOException {
    this.channel = channel;
    this.selector = Selector.open();
    this.end = System.nanoTime() + limit.toNanos();
    channel.configureBlocking(false);
    channel.register(selector, SelectionKey.OP_READ);
  }

  /** Says that this process is there. */
  void hello() throws IOException {
    ByteBuffer hello = new Message.Hello().bytes();
    channel.write(hello);
    if (hello.hasRemaining()) {
      throw new IOException("a new channel has no room for " + hello.limit() + " bytes");
    }
  }

  /** Waits for what is inherited. */
  Message.Legacy legacy() throws IOException {
    int length = read(Integer.BYTES).getInt();
    if (length < 0 || length > Message.LONGEST) {
      throw new ProtocolException("a message of " + length + " bytes");
    }
    return Connection.of(Message.Legacy.class, Message.of(read(length).array()));
  }

  /** No byte more: the sockets come with the one after it. */
  private ByteBuffer read(int length) throws IOException {
    ByteBuffer text = ByteBuffer.allocate(length);
    while (text.hasRemaining()) {
      int count = channel.read(text);
      if (count < 0) {
        throw new EOFException("the other end closed the channel " + channel);
      }
      if (count == 0) {
        await();
      }
    }
    return text.flip();
  }

  private void await() throws IOException {
    long left = Duration.ofNanos(end - System.nanoTime()).toMillis();
    if (left <= 0 || Thread.currentThread().isInterrupted()) {
      throw new SocketTimeoutException("the other end did not say what it hands over");
    }
    selector.select(left);
    selector.selectedKeys().clear();
  }

  @Override
  public void close() throws IOException {
    selector.close();
  }
}
