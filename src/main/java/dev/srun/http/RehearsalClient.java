package dev.srun.http;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sends one request after another on a connection that is kept, over a plain channel: the JDK's
 * client would have more classes loaded than the server. An interrupt ends every wait.
 */
final class RehearsalClient implements AutoCloseable {
  private static final int FIRST_ERROR = 500;

  private final RehearsalServer server;
  private final long begin = System.nanoTime();
  private final long end;
  private final Map<Integer, Integer> statuses = new TreeMap<>();
  private Duration first = Duration.ZERO;
  private Duration last = Duration.ZERO;
  private @Nullable Connection connection;

  RehearsalClient(RehearsalServer server, Duration limit) {
    this.server = server;
    this.end = begin + limit.toNanos();
  }

  /** Sends each in turn until the rounds or the time are over, or one fails. */
  Rehearsal rehearse(int rounds, List<SampleRequest> requests)
      throws IOException, InterruptedException {
    try {
      boolean goesOn = true;
      for (int round = 0; round < rounds && goesOn; round++) {
        for (SampleRequest request : requests) {
          goesOn = goesOn && answered(request);
        }
      }
    } catch (SocketTimeoutException timeIsOver) {
      close();
    }
    return new Rehearsal(statuses, since(begin), first, last);
  }

  private static Duration since(long then) {
    return Duration.ofNanos(System.nanoTime() - then);
  }

  /** False if there is no use in going on. */
  private boolean answered(SampleRequest request) throws IOException, InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    if (System.nanoTime() - end >= 0) {
      return false;
    }
    long sent = System.nanoTime();
    int status;
    try {
      status = connected().ask(request);
    } catch (SocketTimeoutException timeIsOver) {
      throw timeIsOver;
    } catch (IOException broken) {
      close();
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      throw broken;
    }
    last = since(sent);
    first = statuses.isEmpty() ? last : first;
    statuses.merge(status, 1, Integer::sum);
    return status < FIRST_ERROR;
  }

  private Connection connected() throws IOException {
    Connection before = connection;
    if (before != null && before.isKept) {
      return before;
    }
    close();
    Connection next = new Connection();
    connection = next;
    next.connect();
    return next;
  }

  private int millisLeft() throws SocketTimeoutException {
    long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
    if (left <= 0) {
      throw new SocketTimeoutException();
    }
    return (int) Math.min(left, Integer.MAX_VALUE);
  }

  @Override
  public void close() throws IOException {
    Connection last = connection;
    connection = null;
    if (last != null) {
      last.channel.close();
    }
  }

  private final class Connection {
    private final SocketChannel channel = SocketChannel.open();
    private final Socket socket = channel.socket();
    private final InputStream in = new BufferedInputStream(new InTime());
    private boolean isKept = true;

    Connection() throws IOException {}

    void connect() throws IOException {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.bind(RehearsalServer.anyPort());
      server.serve((InetSocketAddress) channel.getLocalAddress());
      socket.connect(server.address(), millisLeft());
    }

    /** Returns the status, when the whole answer was read. */
    int ask(SampleRequest request) throws IOException {
      ByteBuffer bytes = ByteBuffer.wrap(request.toBytes());
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      int status = Integer.parseInt(line().split(" ", 3)[1]);
      long length = -1;
      boolean chunked = false;
      for (String header = line(); !header.isEmpty(); header = line()) {
        String[] parts = header.toLowerCase(Locale.ROOT).split(":", 2);
        String value = parts[1].strip();
        switch (parts[0]) {
          case "content-length" -> length = Long.parseLong(value);
          case "transfer-encoding" -> chunked = value.equals("chunked");
          case "connection" -> isKept = !value.equals("close");
          default -> {}
        }
      }
      boolean hasBody = !request.method().equals("HEAD") && status != 204 && status != 304;
      if (hasBody && chunked) {
        skipChunks();
      } else if (hasBody && length > 0) {
        in.skipNBytes(length);
      }
      return status;
    }

    private void skipChunks() throws IOException {
      for (int size = chunkSize(); size > 0; size = chunkSize()) {
        in.skipNBytes(size);
        line();
      }
      line();
    }

    private int chunkSize() throws IOException {
      return Integer.parseInt(line(), 16);
    }

    private String line() throws IOException {
      StringBuilder line = new StringBuilder();
      for (int c = in.read(); c != '\n'; c = in.read()) {
        if (c == -1) {
          throw new EOFException("the answer ended after '" + line + "'");
        }
        if (c != '\r') {
          line.append((char) c);
        }
      }
      return line.toString();
    }

    /** What comes from the server before the time is over. */
    private final class InTime extends InputStream {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) == -1 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        socket.setSoTimeout(millisLeft());
        return socket.getInputStream().read(bytes, offset, length);
      }
    }
  }
}
