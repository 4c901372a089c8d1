package dev.srun.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that keep connections with a server of another library in a program that is upgraded. */
class UpgradeKeptConnectionsTest {
  private static final int CLIENTS = 40;

  @TempDir private Path directory;

  /** A client that keeps its connection until it is told to close it, or has asked often. */
  private static final class Kept implements Traffic.Client {
    private final InetSocketAddress server;
    private final int most;
    private final ConcurrentLinkedQueue<Long> told;
    private Socket connection = new Socket();
    private BufferedReader lines = new BufferedReader(Reader.nullReader());
    private int asked;

    Kept(InetSocketAddress server, int most, ConcurrentLinkedQueue<Long> told) {
      this.server = server;
      this.most = most;
      this.told = told;
    }

    private static BufferedReader reader(Socket of) throws IOException {
      return new BufferedReader(
          new InputStreamReader(of.getInputStream(), StandardCharsets.ISO_8859_1));
    }

    @Override
    public String ask() throws IOException {
      if (!connection.isConnected()) {
        connection.connect(server);
        connection.setSoTimeout((int) ListenerUnderTest.PATIENCE.toMillis());
        lines = reader(connection);
        asked = 0;
      }
      try {
        connection.getOutputStream().write('\n');
        String answer = lines.readLine();
        if (answer == null) {
          throw new EOFException("closed after answer " + asked);
        }
        asked++;
        if (answer.endsWith(" last")) {
          told.add(System.nanoTime());
          close();
        } else if (asked == most) {
          close();
        }
        return answer.replace(" last", "");
      } catch (IOException e) {
        close();
        throw e;
      }
    }

    private void close() throws IOException {
      connection.close();
      connection = new Socket();
    }
  }

  private Generations start(String keeps, String slowStart) throws Exception {
    return Generations.start(
        directory,
        Generations.upgradable(directory)
            .env(Upgradable.KEEPS, keeps)
            .env("SRUN_UPGRADE_SLOW_START", slowStart));
  }

  @Test
  void aServerThatOnlyBeginsLosesNothingAndItsProcessStaysUntilTheyHaveGone() throws Exception {
    try (var program = start("begins", "100ms");
        var traffic = new Traffic()) {
      InetSocketAddress server = program.address("lines");
      for (int i = 0; i < 8; i++) {
        traffic.with(new Kept(server, 500 + 100 * i, new ConcurrentLinkedQueue<>()));
      }
      long second = program.upgrade(2);
      program.awaitGone(program.first().pid());
      await().until(() -> traffic.count(second + " 2") > 0);
      traffic.end();
      assertEquals(List.of(), traffic.failures());
      program.stop();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0s", "2s"})
  void aServerThatAsksHasThemClosedOneAfterTheOther(String slowStart) throws Exception {
    try (var program = start("asks", slowStart);
        var traffic = new Traffic().pausing(Duration.ofMillis(20))) {
      InetSocketAddress server = program.address("lines");
      var told = new ConcurrentLinkedQueue<Long>();
      for (int i = 0; i < CLIENTS; i++) {
        traffic.with(new Kept(server, Integer.MAX_VALUE, told));
      }
      program.upgrade(2);
      program.awaitGone(program.first().pid());
      traffic.end();
      assertEquals(List.of(), traffic.failures());
      // The thread inside accept(2) takes one more connection of the socket that was handed over.
      assertTrue(
          told.size() == CLIENTS || told.size() == CLIENTS + 1, () -> "told: " + told.size());
      List<Long> times = told.stream().sorted().toList();
      Duration spread = Duration.ofNanos(times.getLast() - times.getFirst());
      if (!slowStart.equals("0s")) {
        assertTrue(spread.toMillis() > 300, spread::toString);
      }
      program.stop();
    }
  }
}
