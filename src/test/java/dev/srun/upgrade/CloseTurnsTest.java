package dev.srun.upgrade;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CloseTurnsTest {
  private final AtomicLong now = new AtomicLong(-7);
  private final CloseTurns turns = new CloseTurns(Duration.ofSeconds(1), now::get);

  /** With ports as the system gives them to one client. */
  private static SocketAddress client(int number) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 40_000 + 2 * number);
  }

  private static SocketAddress unnamed(int number) {
    return UnixDomainSocketAddress.of(Path.of(""));
  }

  /** How many of a hundred clients have had their turn. */
  private static long told(CloseTurns by, IntFunction<SocketAddress> client) {
    return IntStream.range(0, 100).filter(i -> by.hasCome(client.apply(i))).count();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void clientsAreToldOneAfterTheOther(boolean haveNames) {
    IntFunction<SocketAddress> clients =
        haveNames ? CloseTurnsTest::client : CloseTurnsTest::unnamed;
    for (int percent = 0; percent <= 100; percent += 10) {
      assertEquals((double) percent, (double) told(turns, clients), 3);
      now.addAndGet(100_000_000);
    }

    assertEquals(100, told(turns, clients));
  }

  @Test
  void whoWasToldStaysTold() {
    now.addAndGet(Duration.ofDays(300).toNanos());

    assertEquals(100, told(turns, CloseTurnsTest::client));
  }

  @Test
  void withoutATimeAllAreToldAtOnce() {
    CloseTurns atOnce = new CloseTurns(Duration.ZERO, now::get);

    assertEquals(100, told(atOnce, CloseTurnsTest::client));
    assertEquals(100, told(atOnce, CloseTurnsTest::unnamed));
  }
}
