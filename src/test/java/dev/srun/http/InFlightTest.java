package dev.srun.http;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class InFlightTest {
  private static final Duration LONG = Duration.ofMinutes(1);

  private final InFlight inFlight = new InFlight();

  @Test
  void countsWhatHasEnteredAndNotLeft() {
    inFlight.enter();
    inFlight.enter();
    inFlight.leave();

    assertEquals(1, inFlight.count());
  }

  @Test
  void waitsForNothingWhereNothingIsInFlight() throws InterruptedException {
    assertTrue(inFlight.awaitNone(Duration.ZERO));
    assertTrue(inFlight.awaitNone(Duration.ofSeconds(-1)));
  }

  @Test
  void saysWhenTheLimitCameFirst() throws InterruptedException {
    inFlight.enter();

    assertFalse(inFlight.awaitNone(Duration.ZERO));
    assertFalse(inFlight.awaitNone(Duration.ofMillis(1)));
  }

  @Test
  void waitsUntilTheLastHasLeft() throws Exception {
    inFlight.enter();
    inFlight.enter();
    CompletableFuture<Boolean> none = new CompletableFuture<>();
    Thread waiter =
        Thread.ofVirtual()
            .start(() -> {
              try {
                none.complete(inFlight.awaitNone(LONG));
              } catch (InterruptedException e) {
                none.completeExceptionally(e);
              }
            });
    await().until(() -> waiter.getState() == Thread.State.TIMED_WAITING);
    inFlight.leave();
    assertFalse(none.isDone());
    inFlight.leave();

    assertTrue(none.get(20, TimeUnit.SECONDS));
  }

  @Test
  void whoLeavesAtTheMomentAtWhichAWaitBeginsEndsIt() throws Exception {
    for (int i = 0; i < 20_000; i++) {
      inFlight.enter();
      Thread last = Thread.ofVirtual().start(inFlight::leave);
      assertTrue(inFlight.awaitNone(Duration.ofDays(1)));
      last.join();
    }
  }

  @Test
  void anInterruptEndsTheWait() {
    inFlight.enter();
    Thread.currentThread().interrupt();

    assertThrows(InterruptedException.class, () -> inFlight.awaitNone(LONG));
  }

  @Test
  void drainsFromTheMomentItIsTold() {
    assertFalse(inFlight.isLastOf(client(40_000)));
    inFlight.drain();
    assertTrue(inFlight.isLastOf(client(40_000)));
  }

  private static InetSocketAddress client(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /** How many of a hundred clients are told, with ports as the system gives them. */
  private static long told(InFlight by) {
    return IntStream.range(0, 100)
        .filter(client -> by.isLastOf(client(40_000 + 2 * client)))
        .count();
  }

  @Test
  void clientsAreToldOneAfterTheOther() {
    AtomicLong now = new AtomicLong(-7);
    InFlight slow = new InFlight(now::get);
    slow.drain(Duration.ofSeconds(1));
    for (int percent = 0; percent <= 100; percent += 10) {
      assertEquals((double) percent, (double) told(slow), 3);
      now.addAndGet(100_000_000);
    }

    assertEquals(100, told(slow));
  }

  @Test
  void whoWasToldStaysTold() {
    AtomicLong now = new AtomicLong();
    InFlight slow = new InFlight(now::get);
    slow.drain(Duration.ofSeconds(1));
    now.addAndGet(Duration.ofDays(300).toNanos());

    assertEquals(100, told(slow));
  }

  @Test
  void nobodyIsToldAnyMoreOnceItGoesOn() {
    inFlight.drain();
    inFlight.goOn();

    assertEquals(0, told(inFlight));
  }
}
