package dev.srun.bench.load;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Optional;

/** A connection that carries one request at a time, and never blocks. */
final class Connection {
  /**
   * The end came before any byte of the answer: whether the request was read is to be found out.
   */
  static final Ending UNDECIDED = new Ending(Outcome.CUT_OFF, "");

  private static final String NO_ANSWER = " before any byte of the answer";

  private final Kind kind;
  private final SocketChannel channel;
  private final SelectionKey key;
  private final Answer answer = new Answer();
  private ByteBuffer out = ByteBuffer.allocate(0);
  private Request request;
  private long intended;
  private int answered;

  private Connection(Kind kind, SocketChannel channel, SelectionKey key) {
    this.kind = kind;
    this.channel = channel;
    this.key = key;
  }

  /** Begins to connect. The key's attachment is the connection. */
  static Connection open(Kind kind, InetSocketAddress server, Selector selector)
      throws IOException {
    SocketChannel channel = SocketChannel.open();
    try {
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      boolean connected = channel.connect(server);
      SelectionKey key =
          channel.register(selector, connected ? SelectionKey.OP_READ : SelectionKey.OP_CONNECT);
      Connection connection = new Connection(kind, channel, key);
      key.attach(connection);
      return connection;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Says what became of a connection that could not be made. */
  static Ending notConnected(IOException error) throws IOException {
    if (error instanceof ConnectException && said(error).startsWith("Connection refused")) {
      return new Ending(Outcome.REFUSED, said(error));
    }
    if (isReset(error)) {
      return new Ending(Outcome.RESET, said(error) + " in connect");
    }
    throw error; // such as no port left: that is the load's own fault
  }

  Kind kind() {
    return kind;
  }

  Request request() {
    return request;
  }

  long intended() {
    return intended;
  }

  boolean isBusy() {
    return request != null;
  }

  /**
   * Begins to send a request; the connection must be idle.
   *
   * @param due when it should have been sent, as of {@link System#nanoTime}
   */
  Optional<Ending> send(Request next, long due) throws IOException {
    request = next;
    intended = due;
    out = ByteBuffer.wrap(next.bytes());
    answer.clear();
    return channel.isConnected() ? guarded(this::write) : Optional.empty();
  }

  /** Goes on, as far as the channel is ready; returns how the request ended if it did. */
  Optional<Ending> proceed() throws IOException {
    if (key.isConnectable()) {
      try {
        channel.finishConnect();
      } catch (IOException e) {
        return Optional.of(notConnected(e));
      }
      key.interestOps(SelectionKey.OP_READ);
      return guarded(this::write);
    }
    if (key.isWritable()) {
      return guarded(this::write);
    }
    return guarded(this::read);
  }

  /**
   * Looks at an idle connection: whether the server keeps it.
   *
   * @return false if it was closed, which between requests is the server's right
   * @throws Answer.MalformedException if an answer came that nobody asked for
   */
  boolean isKept() throws Answer.MalformedException {
    answer.clear();
    try {
      int read = answer.readFrom(channel);
      if (read > 0) {
        throw new Answer.MalformedException(read + " bytes that nobody asked for");
      }
      return read == 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** Returns whether another request may be sent; the one before has ended. */
  boolean isReusable() {
    return kind == Kind.KEPT && !answer.isLast();
  }

  /** Makes it idle. */
  void release() {
    request = null;
    answered++;
  }

  void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // It is given up anyway.
    }
  }

  @FunctionalInterface
  private interface Step {
    Optional<Ending> take() throws IOException, Answer.MalformedException;
  }

  private Optional<Ending> guarded(Step step) throws IOException {
    try {
      return step.take();
    } catch (Answer.MalformedException e) {
      return Optional.of(new Ending(Outcome.MALFORMED, e.getMessage()));
    } catch (IOException e) {
      if (!isReset(e)) {
        throw e;
      }
      return Optional.of(reset(said(e)));
    }
  }

  private Optional<Ending> write() throws IOException {
    channel.write(out);
    key.interestOps(SelectionKey.OP_READ | (out.hasRemaining() ? SelectionKey.OP_WRITE : 0));
    return Optional.empty();
  }

  private Optional<Ending> read() throws IOException, Answer.MalformedException {
    int read = answer.readFrom(channel);
    if (read < 0) {
      return Optional.of(ended());
    }
    return answer.isWhole() ? Optional.of(judged()) : Optional.empty();
  }

  private Ending judged() {
    if (answer.status() != request.status()) {
      return new Ending(Outcome.WRONG_STATUS, answer.status() + " " + answer.body().strip());
    }
    if (!answer.isBody(request.body())) {
      return new Ending(Outcome.WRONG_BODY, answer.body().strip());
    }
    return Ending.OK;
  }

  private Ending ended() {
    if (answer.hasBegun()) {
      return new Ending(Outcome.CUT_OFF, "end after " + answer.progress());
    }
    key.cancel(); // whatever its interest, a selector would wake for a connection that was reset
    return UNDECIDED;
  }

  /** Decides what was undecided. */
  Ending decided(SocketTable table) {
    boolean unread =
        out.hasRemaining()
            || table.isUnread(channel.socket().getLocalPort(), channel.socket().getPort());
    return new Ending(
        unread && answered > 0 ? Outcome.RACED : Outcome.CUT_OFF,
        "end" + NO_ANSWER + ", the request was " + (unread ? "not read" : "read"));
  }

  /** A connection that is closed with something unread is reset. */
  private Ending reset(String error) {
    if (answer.hasBegun()) {
      return new Ending(Outcome.RESET, error + " after " + answer.progress());
    }
    return new Ending(answered > 0 ? Outcome.RACED : Outcome.RESET, error + NO_ANSWER);
  }

  private static boolean isReset(IOException error) {
    return said(error).startsWith("Connection reset") || said(error).equals("Broken pipe");
  }

  private static String said(IOException error) {
    return String.valueOf(error.getMessage());
  }
}
