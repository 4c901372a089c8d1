package dev.srun.bench.start;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * One start of a program and its stop, as seen from outside.
 *
 * @param up from exec to the first 200 of the probe, or to the exit of a program that has none
 * @param exit from TERM to the exit; zero for a program that ends by itself
 * @param rssKb its memory when it was up; zero for a program that ends by itself
 */
record Start(Duration up, Duration exit, long rssKb) {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Duration LOOK = Duration.ofNanos(500_000);
  private static final byte[] PROBE =
      "GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
          .getBytes(StandardCharsets.US_ASCII);

  static Start of(Program program, String java) throws IOException, InterruptedException {
    int port = freePort();
    List<String> command = program.command(java, port);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().keySet().removeIf(name -> name.matches("(SRUN|OTEL|JAVA|JDK)_.*"));
    builder.environment().put("SRUN_ADMIN_ADDRESS", "127.0.0.1:" + port);
    long begin = System.nanoTime();
    Process process = builder.start();
    try {
      if (!program.serves()) {
        awaitExit(process, command);
        return new Start(since(begin), Duration.ZERO, 0);
      }
      awaitProbe(process, port, command);
      Duration up = since(begin);
      long rss = rssKb(process.pid());
      long term = System.nanoTime();
      process.destroy();
      awaitExit(process, command);
      return new Start(up, since(term), rss);
    } finally {
      process.destroyForcibly();
    }
  }

  private static Duration since(long begin) {
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  private static void awaitExit(Process process, List<String> command)
      throws IOException, InterruptedException {
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new IOException("does not end: " + command);
    }
  }

  private static void awaitProbe(Process process, int port, List<String> command)
      throws IOException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!isUp(port)) {
      if (!process.isAlive() || System.nanoTime() - end > 0) {
        throw new IOException("is not up: " + command);
      }
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }

  private static boolean isUp(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", port));
      socket.setSoTimeout((int) PATIENCE.toMillis());
      socket.getOutputStream().write(PROBE);
      InputStream in = socket.getInputStream();
      return new String(in.readNBytes(12), StandardCharsets.US_ASCII).equals("HTTP/1.1 200");
    } catch (IOException notYet) {
      return false;
    }
  }

  private static long rssKb(long pid) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElse(0);
  }
}
