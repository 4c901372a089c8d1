package dev.srun.bench.start;

import dev.srun.bench.ResidentMemory;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A program that was started, as seen from outside. What is left of it is killed on close. */
final class Launched implements AutoCloseable {
  private static final Pattern LENGTH =
      Pattern.compile("\r\ncontent-length: *([0-9]+)", Pattern.CASE_INSENSITIVE);
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Duration LOOK = Duration.ofNanos(500_000);
  private static final byte[] PROBE =
      "GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
          .getBytes(StandardCharsets.US_ASCII);

  private final List<String> command;
  private final int probe;
  private final int pages;
  private final long begin = System.nanoTime();
  private final Process process;
  private Thread listening = new Thread();

  private Launched(Program program, Workshop workshop, ProcessBuilder.Redirect output)
      throws IOException {
    try (ServerSocket one = anyPort();
        ServerSocket other = anyPort()) {
      probe = one.getLocalPort();
      pages = other.getLocalPort();
    }
    command = program.command(workshop.java(), probe, pages);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(workshop.directory().toFile())
            .redirectErrorStream(true)
            .redirectOutput(output);
    Map<String, String> environment = builder.environment();
    environment
        .keySet()
        .removeIf(name -> name.matches("(SRUN|WALLET|OTEL|JAVA|JDK)_.*|DATABASE_URL"));
    if (program.serves()) { // whoever chooses an address for the admin server gets one
      environment.put("SRUN_ADMIN_ADDRESS", "127.0.0.1:" + probe);
      environment.put("WALLET_ADDRESS", "127.0.0.1:" + pages);
    }
    environment.putAll(program.environment());
    process = builder.start();
  }

  private static ServerSocket anyPort() throws IOException {
    return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  }

  /** Starts a program. What it says is thrown away. */
  static Launched of(Program program, Workshop workshop) throws IOException {
    return new Launched(program, workshop, ProcessBuilder.Redirect.DISCARD);
  }

  /** Starts a program. What it says is heard line by line, by a thread of its own. */
  static Launched of(Program program, Workshop workshop, Consumer<String> listener)
      throws IOException {
    Launched launched = new Launched(program, workshop, ProcessBuilder.Redirect.PIPE);
    launched.listening = Thread.ofPlatform().daemon().start(() -> launched.hear(listener));
    return launched;
  }

  private void hear(Consumer<String> listener) {
    try (var lines = process.inputReader()) {
      lines.lines().forEach(listener);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns when it was started, as of {@link System#nanoTime}. */
  long begin() {
    return begin;
  }

  /** Returns where it serves its page. */
  InetSocketAddress pages() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), pages);
  }

  /** Sends TERM. */
  void terminate() {
    process.toHandle().destroy(); // that of the process would close what it still has to say
  }

  void awaitExit() throws IOException, InterruptedException {
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new IOException("does not end: " + command);
    }
  }

  /** Waits until all that it said has been heard. */
  void awaitLastWord() throws InterruptedException {
    listening.join();
  }

  /** Waits for the first 200 of its probe. */
  void awaitProbe() throws IOException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!isUp()) {
      if (!process.isAlive() || System.nanoTime() - end > 0) {
        throw new IOException("is not up: " + command);
      }
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }

  private boolean isUp() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), probe));
      socket.setSoTimeout((int) PATIENCE.toMillis());
      socket.getOutputStream().write(PROBE);
      return isWholeAnswer(socket.getInputStream());
    } catch (IOException notYet) {
      return false;
    }
  }

  /**
   * Reads it to its end: a server whose client goes before may count the request as unanswered for
   * ever. Not to the end of the connection, which not every server closes when it is asked to.
   */
  private static boolean isWholeAnswer(InputStream in) throws IOException {
    StringBuilder head = readTo(in, "\r\n\r\n");
    Matcher length = LENGTH.matcher(head);
    if (length.find()) {
      in.skipNBytes(Long.parseLong(length.group(1)));
    } else {
      readTo(in, "0\r\n\r\n"); // the last chunk
    }
    return head.indexOf("HTTP/1.1 200") == 0;
  }

  /** Reads to that text, or to the end. */
  private static StringBuilder readTo(InputStream in, String end) throws IOException {
    StringBuilder text = new StringBuilder();
    int next = in.read();
    while (next >= 0) {
      text.append((char) next);
      int from = text.length() - end.length();
      if (from >= 0 && text.indexOf(end, from) >= 0) {
        return text;
      }
      next = in.read();
    }
    return text;
  }

  /** Returns its memory. */
  long rssKb() throws IOException {
    return ResidentMemory.kilobytes(process.pid()).orElse(0);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
