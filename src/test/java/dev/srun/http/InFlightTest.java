package dev.srun.http;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
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
    assertFalse(inFlight.isDraining());
    inFlight.drain();
    assertTrue(inFlight.isDraining());
  }
}
