package dev.srun.bench.start;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A steady load: callers who each ask for a page over a connection that they keep, wait for the
 * answer, and ask again at their own pace. Whose connection is gone makes another one.
 */
final class Callers implements AutoCloseable {
  static final int RATE = 500;

  /** What is asked of a wallet. */
  static final String ACCOUNT = "/accounts/reader";

  private static final int CALLERS = 16;
  private static final Duration PACE = Duration.ofSeconds(1).multipliedBy(CALLERS).dividedBy(RATE);
  private static final String CREATION = "{\"account\":\"reader\",\"balance\":7}";

  private final InetSocketAddress server;
  private final byte[] request;
  private final AtomicInteger answered = new AtomicInteger();
  private final AtomicInteger unanswered = new AtomicInteger();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean over;

  private Callers(InetSocketAddress server, String page) {
    this.server = server;
    this.request = ascii("GET " + page + " HTTP/1.1\r\nHost: bench\r\n\r\n");
  }

  /** Begins. */
  static Callers start(InetSocketAddress server, String page) throws IOException {
    if (page.equals(ACCOUNT)) {
      createAccount(server);
    }
    Callers callers = new Callers(server, page);
    for (int i = 0; i < CALLERS; i++) {
      long first = PACE.toNanos() * i / CALLERS;
      callers.threads.add(Thread.ofPlatform().daemon().start(() -> callers.call(first)));
    }
    return callers;
  }

  /** A wallet that has it, or has none to create, says so, which is as good. */
  private static void createAccount(InetSocketAddress server) throws IOException {
    try (Line line = Line.open(server)) {
      line.ask(
          ascii(
              "POST %s HTTP/1.1\r\nHost: bench\r\nContent-Length: %d\r\n\r\n%s"
                  .formatted("/accounts", CREATION.length(), CREATION)));
    }
  }

  /** Returns how many requests have got their whole answer. */
  int answered() {
    return answered.get();
  }

  /** Returns how many were sent and did not, whether they were read or not. */
  int unanswered() {
    return unanswered.get();
  }

  private void call(long first) {
    long due = System.nanoTime() + first;
    while (!over) {
      try (Line line = Line.open(server)) {
        boolean kept = true;
        while (kept && !over) {
          due = pause(due);
          kept = line.isKept() && ask(line);
        }
      } catch (IOException refused) {
        due = pause(due);
      }
    }
  }

  private boolean ask(Line line) {
    try {
      boolean kept = line.ask(request);
      answered.incrementAndGet();
      return kept;
    } catch (IOException e) {
      if (!over) {
        unanswered.incrementAndGet();
      }
      return false;
    }
  }

  /** Waits until it is due, and returns when it is next, which is never in the past. */
  private static long pause(long due) {
    for (long left = due - System.nanoTime();
        left > 0 && !Thread.currentThread().isInterrupted();
        left = due - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
    return Math.max(due + PACE.toNanos(), System.nanoTime());
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void close() throws InterruptedException {
    over = true;
    for (Thread thread : threads) {
      thread.interrupt();
      thread.join();
    }
  }

  /** A connection. An interrupt closes it. */
  private record Line(SocketChannel channel, InputStream in) implements AutoCloseable {
    static Line open(InetSocketAddress server) throws IOException {
      SocketChannel channel = SocketChannel.open(server);
      return new Line(channel, new BufferedInputStream(Channels.newInputStream(channel)));
    }

    /** Returns whether the server has not closed it since the last answer, which is its right. */
    boolean isKept() throws IOException {
      channel.configureBlocking(false);
      int read = channel.read(ByteBuffer.allocate(1));
      channel.configureBlocking(true);
      return read == 0;
    }

    /** Asks and reads the answer; returns whether the server keeps the connection. */
    boolean ask(byte[] bytes) throws IOException {
      channel.write(ByteBuffer.wrap(bytes));
      int length = 0;
      boolean kept = true;
      for (String header = header(); !header.isEmpty(); header = header()) {
        if (header.startsWith("content-length:")) {
          length = Integer.parseInt(header.substring(header.indexOf(':') + 1).strip());
        }
        kept &= !header.equals("connection: close");
      }
      if (in.readNBytes(length).length < length) {
        throw new IOException("cut off");
      }
      return kept;
    }

    private String header() throws IOException {
      StringBuilder line = new StringBuilder();
      for (int next = in.read(); next != '\n'; next = in.read()) {
        if (next < 0) {
          throw new IOException("cut off");
        }
        line.append((char) next);
      }
      return line.toString().strip().toLowerCase(Locale.ROOT);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
