package dev.srun.http;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A handler learns that nobody waits for its answer any more. */
@Timeout(60)
final class ClientGoneTest {
  private static final Path TABLE = Path.of("/proc/self/net/tcp");

  private final OneService web = new OneService();
  private final CompletableFuture<HttpExchange> asked = new CompletableFuture<>();
  private final CountDownLatch release = new CountDownLatch(1);

  @BeforeEach
  void onlyWhereTheSystemHasATable() {
    assumeTrue(Files.exists(TABLE));
  }

  @AfterEach
  void stop() {
    release.countDown();
    web.close();
  }

  private Socket ask(String bound, String client) throws Exception {
    HttpListener http =
        web.context()
            .http("api", new InetSocketAddress(bound, 0))
            .handle(
                "/wait",
                exchange -> {
                  asked.complete(exchange);
                  release.await();
                });
    http.open();
    Socket socket = new Socket(client, http.address().getPort());
    socket
        .getOutputStream()
        .write("GET /wait HTTP/1.1\r\nHost: t\r\n\r\n".getBytes(StandardCharsets.UTF_8));
    return socket;
  }

  private HttpExchange exchange() throws Exception {
    return asked.get(20, TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.1, 127.0.0.1", "::1, ::1", "::, 127.0.0.1", "::, ::1", "0.0.0.0, 127.0.0.1"})
  void aClientIsGoneOnceItHasClosedItsConnection(String bound, String client) throws Exception {
    try (Socket socket = askOrSkip(bound, client);
        Socket other = new Socket(socket.getInetAddress(), socket.getPort())) {
      HttpExchange exchange = exchange();
      assertFalse(HttpListener.isClientGone(exchange));
      hangUp(socket);

      await().until(() -> HttpListener.isClientGone(exchange));
      assertTrue(other.isConnected());
    }
  }

  private static void hangUp(Socket socket) throws IOException {
    socket.close();
  }

  private Socket askOrSkip(String bound, String client) throws Exception {
    try {
      return ask(bound, client);
    } catch (IOException noSuchAddress) {
      assumeTrue(!client.contains(":"), "no IPv6 here");
      throw noSuchAddress;
    }
  }

  @Test
  void aClientIsGoneOnceItHasResetItsConnection() throws Exception {
    try (Socket socket = ask("127.0.0.1", "127.0.0.1")) {
      HttpExchange exchange = exchange();
      assertFalse(HttpListener.isClientGone(exchange));
      socket.setSoLinger(true, 0);
      hangUp(socket);

      await().until(() -> HttpListener.isClientGone(exchange));
    }
  }

  @Test
  void withoutATableNobodyIsGone(@TempDir Path empty) {
    assertFalse(new TcpTable(empty).isGone(at("10.0.0.1", 80), at("10.0.0.2", 4_000)));
  }

  @Test
  void withoutATableOfIpv6TheOneOfIpv4Counts(@TempDir Path directory) throws IOException {
    Files.write(
        directory.resolve("tcp"),
        List.of(
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt",
            "   0: 0100000A:0050 0200000A:0FA0 01 00000000:00000000 00:00000000 00000000",
            "   1: 0100000A:0050 0300000A:0FA0 08 00000000:00000000 00:00000000 00000000"));
    TcpTable table = new TcpTable(directory);

    assertFalse(table.isGone(at("10.0.0.1", 80), at("10.0.0.2", 4_000)));
    assertTrue(table.isGone(at("10.0.0.1", 80), at("10.0.0.3", 4_000)));
    assertTrue(table.isGone(at("10.0.0.1", 80), at("10.0.0.2", 4_001)));
  }

  private static InetSocketAddress at(String host, int port) {
    try {
      return new InetSocketAddress(InetAddress.getByName(host), port);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
