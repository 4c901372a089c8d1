package dev.srun.http;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/** Requests come and go while a drain waits that has no carrier. */
@Isolated("keeps every processor busy")
@Timeout(120)
final class InFlightWithoutCarrierTest {
  private static final int CARRIERS =
      Integer.getInteger(
          "jdk.virtualThreadScheduler.parallelism", Runtime.getRuntime().availableProcessors());
  private static final int PLATFORM_THREADS = 4;
  private static final int REQUESTS = 100_000;

  private final CountDownLatch over = new CountDownLatch(1);
  private final List<Thread> threads = new ArrayList<>();
  private final InFlight inFlight = new InFlight();

  @AfterEach
  void end() throws InterruptedException {
    over.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private Thread start(Thread.Builder kind, Runnable body) {
    Thread thread = kind.start(body);
    threads.add(thread);
    return thread;
  }

  private void spin(CountDownLatch begun) {
    begun.countDown();
    while (over.getCount() > 0) {
      Thread.onSpinWait();
    }
  }

  private void drain(CompletableFuture<Boolean> none) {
    try {
      none.complete(inFlight.awaitNone(Duration.ofMinutes(1)));
    } catch (InterruptedException e) {
      none.completeExceptionally(e);
    }
  }

  private void comeAndGo() {
    for (int i = 0; i < REQUESTS; i++) {
      inFlight.enter();
      inFlight.leave();
    }
  }

  @Test
  void aRequestOfAPlatformThreadDoesNotWaitForADrainWithoutACarrier() throws Exception {
    inFlight.enter();
    CompletableFuture<Boolean> none = new CompletableFuture<>();
    Thread drain = start(Thread.ofVirtual(), () -> drain(none));
    await().until(() -> drain.getState() == Thread.State.TIMED_WAITING);
    CountDownLatch held = new CountDownLatch(CARRIERS);
    for (int i = 0; i < CARRIERS; i++) {
      start(Thread.ofVirtual(), () -> spin(held));
    }
    assertTrue(held.await(20, TimeUnit.SECONDS));
    inFlight.leave(); // wakes the drain, which has nothing to run on

    CountDownLatch answered = new CountDownLatch(PLATFORM_THREADS);
    for (int i = 0; i < PLATFORM_THREADS; i++) {
      start(
          Thread.ofPlatform(),
          () -> {
            comeAndGo();
            answered.countDown();
          });
    }
    assertTrue(answered.await(20, TimeUnit.SECONDS));

    over.countDown();
    assertTrue(none.get(20, TimeUnit.SECONDS));
    assertEquals(0, inFlight.count());
  }
}
