package dev.srun;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** Whoever looks at the threads of a service does not wait for one that has no carrier. */
@Isolated("keeps every processor busy")
final class LookAtThreadsTest {
  private static final int CARRIERS =
      Integer.getInteger(
          "jdk.virtualThreadScheduler.parallelism", Runtime.getRuntime().availableProcessors());
  private static final int LOOKS = 300_000;

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
  void aLookIsOverThoughAnotherHasLostItsCarrierInTheMiddle() throws Exception {
    Owned owned = new Owned();
    ThreadsOfService own = (ThreadsOfService) owned.threads(null, null);
    for (int i = 0; i < 2; i++) {
      start(
          Thread.ofPlatform(),
          () -> {
            while (over.getCount() > 0) {
              own.leave(Thread.currentThread());
            }
          });
    }
    CountDownLatch allButOneHeld = new CountDownLatch(CARRIERS - 1);
    for (int i = 0; i < CARRIERS - 1; i++) {
      start(Thread.ofVirtual(), () -> spin(allButOneHeld));
    }
    assertTrue(allButOneHeld.await(20, TimeUnit.SECONDS));

    CountDownLatch looks = new CountDownLatch(1);
    CountDownLatch lastHeld = new CountDownLatch(1);
    start(
        Thread.ofVirtual(),
        () -> {
          looks.countDown();
          for (int i = 0; i < LOOKS && lastHeld.getCount() > 0; i++) {
            owned.liveThreads();
          }
        });
    assertTrue(looks.await(20, TimeUnit.SECONDS));
    start(Thread.ofVirtual(), () -> spin(lastHeld)); // as soon as that one lets go of its carrier
    assertTrue(lastHeld.await(20, TimeUnit.SECONDS));

    CountDownLatch looked = new CountDownLatch(1);
    start(
        Thread.ofPlatform(),
        () -> {
          owned.liveThreads();
          looked.countDown();
        });
    assertTrue(looked.await(20, TimeUnit.SECONDS));
  }
}
