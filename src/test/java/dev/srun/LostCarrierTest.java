package dev.srun;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * Nobody waits for a virtual thread that has lost its carrier in the middle of something shared.
 */
@Isolated("keeps every processor busy")
final class LostCarrierTest {
  private static final int CARRIERS =
      Integer.getInteger(
          "jdk.virtualThreadScheduler.parallelism", Runtime.getRuntime().availableProcessors());
  private static final int CALLS = 300_000;

  private final CountDownLatch over = new CountDownLatch(1);
  private final List<Thread> threads = new ArrayList<>();

  @AfterEach
  void end() throws InterruptedException {
    over.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private void start(Thread.Builder kind, Runnable body) {
    threads.add(kind.start(body));
  }

  private void spin(CountDownLatch begun) {
    begun.countDown();
    while (over.getCount() > 0) {
      Thread.onSpinWait();
    }
  }

  @Test
  void aLookAtThreadsIsOver() throws Exception {
    Owned owned = new Owned();
    ThreadsOfService own = (ThreadsOfService) owned.threads(null, null);

    holdsUpNobody(() -> own.leave(Thread.currentThread()), owned::liveThreads);
  }

  @Test
  void aLineIsOfferedToTheLogAndWritten() throws Exception {
    AtomicLong written = new AtomicLong();
    LogWriter log = new LogWriter(new EveryLine(line -> written.incrementAndGet()));

    holdsUpNobody(() -> log.info("t", "platform"), () -> log.info("t", "virtual"));
    assertTrue(log.flush(Duration.ofSeconds(20)));
    assertTrue(written.get() > 0);
  }

  /**
   * Has a virtual thread call again and again what platform threads call too, takes its carrier
   * away as soon as it lets go of that, and calls once more from another platform thread.
   */
  private void holdsUpNobody(Runnable ofPlatformThreads, Runnable ofVirtualThread)
      throws InterruptedException {
    for (int i = 0; i < 2; i++) {
      start(
          Thread.ofPlatform(),
          () -> {
            while (over.getCount() > 0) {
              ofPlatformThreads.run();
            }
          });
    }
    CountDownLatch allButOneHeld = new CountDownLatch(CARRIERS - 1);
    for (int i = 0; i < CARRIERS - 1; i++) {
      start(Thread.ofVirtual(), () -> spin(allButOneHeld));
    }
    assertTrue(allButOneHeld.await(20, TimeUnit.SECONDS));

    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch lastHeld = new CountDownLatch(1);
    start(
        Thread.ofVirtual(),
        () -> {
          begun.countDown();
          for (int i = 0; i < CALLS && lastHeld.getCount() > 0; i++) {
            ofVirtualThread.run();
          }
        });
    assertTrue(begun.await(20, TimeUnit.SECONDS));
    start(Thread.ofVirtual(), () -> spin(lastHeld)); // as soon as that one lets go of its carrier
    assertTrue(lastHeld.await(20, TimeUnit.SECONDS));

    CountDownLatch called = new CountDownLatch(2);
    for (Runnable each : List.of(ofPlatformThreads, ofVirtualThread)) {
      start(
          Thread.ofPlatform(),
          () -> {
            each.run();
            called.countDown();
          });
    }
    assertTrue(called.await(20, TimeUnit.SECONDS));
  }
}
