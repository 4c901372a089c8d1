package dev.srun;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the supervisor relies on, whatever its scope is made of. */
@Timeout(60)
abstract class TaskScopeContract {

  /** Opens a scope of the calling thread. */
  abstract TaskScope open();

  /** What an owner does with its scope. */
  @FunctionalInterface
  interface Owner {
    void use(TaskScope scope) throws Exception;
  }

  /** An owner on a virtual thread, as the supervisor is. */
  private final class OwnerThread {
    private final CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
    private final Thread thread;

    OwnerThread(Owner owner) {
      thread = Thread.ofVirtual().name("owner").start(() -> own(owner));
    }

    private void own(Owner owner) {
      try {
        TaskScope scope = open();
        try {
          owner.use(scope);
        } finally {
          scope.close();
        }
        interrupted.complete(Thread.currentThread().isInterrupted());
      } catch (Throwable e) {
        interrupted.completeExceptionally(e);
      }
    }

    /** Waits until the scope is closed; whether its owner was left with an interrupt. */
    boolean join() throws Exception {
      try {
        return interrupted.get(30, TimeUnit.SECONDS);
      } catch (ExecutionException e) {
        throw new AssertionError("thrown to the owner", e.getCause());
      }
    }

    boolean isDone() {
      return interrupted.isDone();
    }
  }

  private void asOwner(Owner owner) throws Exception {
    new OwnerThread(owner).join();
  }

  /** Waits without heed of interrupts. */
  private static void awaitStubbornly(CountDownLatch latch) {
    boolean over = false;
    while (!over) {
      try {
        latch.await();
        over = true;
      } catch (InterruptedException ignored) {
        over = false;
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aForkRunsOnAThreadOfTheKindAndNameAskedFor(boolean platform) throws Exception {
    AtomicReference<Thread> ranOn = new AtomicReference<>();
    AtomicReference<Thread> returned = new AtomicReference<>();
    asOwner(scope ->
        returned.set(scope.fork("api-stop", platform, () -> ranOn.set(Thread.currentThread()))));

    Thread thread = ranOn.get();
    assertSame(returned.get(), thread, "fork returns the thread that runs the body");
    assertAll(
        () -> assertEquals("api-stop", thread.getName()),
        () -> assertEquals(platform, !thread.isVirtual()),
        () -> assertTrue(thread.isDaemon()));
  }

  /** What waits for the latch, and then notes its thread. */
  private static final class Patient extends CountedScope.Counted {
    final CountDownLatch goesOn = new CountDownLatch(1);
    volatile @Nullable Thread ranOn;

    @Override
    public @Nullable Void call() {
      try {
        awaitStubbornly(goesOn);
        ranOn = Thread.currentThread();
      } finally {
        leave();
      }
      return null;
    }
  }

  @Test
  void whatIsStartedBesideTheForksIsAVirtualThreadThatIsWaitedForToo() throws Exception {
    Patient patient = new Patient();
    AtomicReference<Thread> returned = new AtomicReference<>();
    OwnerThread owner =
        new OwnerThread(scope -> {
          scope.fork("fork", false, () -> {});
          returned.set(scope.start("api-ready", patient));
        });
    await().until(() -> owner.thread.getState() == Thread.State.WAITING);
    assertFalse(owner.isDone());
    patient.goesOn.countDown();
    owner.join();

    Thread thread = patient.ranOn;
    assertSame(returned.get(), thread, "it returns the thread that runs the body");
    assertEquals("api-ready", thread.getName());
    assertTrue(thread.isVirtual());
  }

  @Test
  void whatCountsItselfMayBeForkedAsWell() throws Exception {
    Patient patient = new Patient();
    AtomicReference<Thread> returned = new AtomicReference<>();
    OwnerThread owner = new OwnerThread(scope -> returned.set(scope.fork("api", false, patient)));
    await().until(() -> owner.thread.getState() == Thread.State.WAITING);
    assertFalse(owner.isDone());
    patient.goesOn.countDown();
    owner.join();

    assertSame(returned.get(), patient.ranOn);
  }

  @Test
  void eachForkHasItsOwnThread() throws Exception {
    List<Thread> threads = new ArrayList<>();
    asOwner(scope -> {
      threads.add(scope.fork("one", false, () -> {}));
      threads.add(scope.fork("two", true, () -> {}));
      threads.add(scope.fork("three", false, () -> {}));
    });

    assertEquals(
        List.of("one", "two", "three"), threads.stream().distinct().map(Thread::getName).toList());
  }

  @Test
  void whatTheOwnerWroteBeforeAForkIsSeenByItsBody() throws Exception {
    int[] plain = {0};
    AtomicInteger seen = new AtomicInteger();
    asOwner(scope -> {
      plain[0] = 42;
      scope.fork("reader", false, () -> seen.set(plain[0]));
    });

    assertEquals(42, seen.get());
  }

  @Test
  void theOwnerDoesNotWaitForAForkBeforeItCloses() throws Exception {
    CountDownLatch forkReturned = new CountDownLatch(1);
    asOwner(scope -> {
      Thread thread = scope.fork("waits", false, () -> awaitStubbornly(forkReturned));
      assertTrue(thread.isAlive());
      forkReturned.countDown();
    });
  }

  @Test
  void closeWaitsForEveryThread() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    AtomicInteger ended = new AtomicInteger();
    CountDownLatch closing = new CountDownLatch(1);
    List<Thread> threads = new ArrayList<>();
    OwnerThread owner =
        new OwnerThread(scope -> {
          for (int i = 0; i < 4; i++) {
            threads.add(
                scope.fork(
                    "t" + i,
                    i % 2 == 0,
                    () -> {
                      awaitStubbornly(go);
                      ended.incrementAndGet();
                    }));
          }
          closing.countDown();
        });
    closing.await();
    await().until(() -> owner.thread.getState() == Thread.State.WAITING);
    assertFalse(owner.isDone());
    go.countDown();
    owner.join();

    assertEquals(4, ended.get(), "ended when close returned");
    for (Thread thread : threads) {
      assertTrue(thread.join(Duration.ofSeconds(20)), thread::toString);
    }
  }

  @Test
  void aScopeWithoutThreadsClosesAtOnce() throws Exception {
    asOwner(scope -> {});
  }

  @Test
  void oneThatIgnoresInterruptsDelaysCloseAndNothingElse() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch othersRan = new CountDownLatch(2);
    OwnerThread owner =
        new OwnerThread(scope -> {
          Thread stubborn = scope.fork("stubborn", false, () -> awaitStubbornly(release));
          scope.fork("before", false, othersRan::countDown);
          stubborn.interrupt();
          scope.fork("after", true, othersRan::countDown);
          assertTrue(othersRan.await(20, TimeUnit.SECONDS));
        });
    assertTrue(othersRan.await(20, TimeUnit.SECONDS));
    await().until(() -> owner.thread.getState() == Thread.State.WAITING);
    assertFalse(owner.isDone(), "closed in spite of it");
    release.countDown();
    owner.join();
  }

  @Test
  void aThrowOfOneIsNoConcernOfItsSiblingsOrOfTheOwner() throws Exception {
    CountDownLatch thrown = new CountDownLatch(1);
    AtomicBoolean siblingInterrupted = new AtomicBoolean();
    AtomicBoolean laterRan = new AtomicBoolean();
    asOwner(scope -> {
      CountDownLatch siblingGoesOn = new CountDownLatch(1);
      scope.fork(
          "sibling",
          false,
          () -> {
            try {
              siblingGoesOn.await();
            } catch (InterruptedException e) {
              siblingInterrupted.set(true);
            }
          });
      Thread thrower =
          scope.fork(
              "thrower",
              false,
              () -> {
                Thread.currentThread().setUncaughtExceptionHandler((thread, error) -> {});
                thrown.countDown();
                throw new IllegalStateException("a bug");
              });
      thrown.await();
      thrower.join();
      scope.fork("later", false, () -> laterRan.set(true));
      siblingGoesOn.countDown();
    });

    assertTrue(laterRan.get(), "nothing is forked after a throw");
    assertFalse(siblingInterrupted.get(), "the sibling was cancelled");
  }

  @Test
  void closingInterruptsNobody() throws Exception {
    AtomicBoolean interrupted = new AtomicBoolean();
    CountDownLatch release = new CountDownLatch(1);
    OwnerThread owner =
        new OwnerThread(scope ->
            scope.fork(
                "patient",
                false,
                () -> {
                  try {
                    release.await();
                  } catch (InterruptedException e) {
                    interrupted.set(true);
                  }
                }));
    await().until(() -> owner.thread.getState() == Thread.State.WAITING);
    release.countDown();
    owner.join();

    assertFalse(interrupted.get());
  }

  @Test
  void aThousandForksAllRunAndAllEnd() throws Exception {
    AtomicInteger ran = new AtomicInteger();
    AtomicInteger distinct = new AtomicInteger();
    asOwner(scope -> {
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 1_000; i++) {
        threads.add(scope.fork("t" + i, false, ran::incrementAndGet));
      }
      distinct.set((int) threads.stream().distinct().count());
    });

    assertEquals(1_000, ran.get());
    assertEquals(1_000, distinct.get());
  }

  @Test
  void anInterruptOfTheOwnerDoesNotCutCloseShortAndIsKept() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    AtomicBoolean ended = new AtomicBoolean();
    OwnerThread owner =
        new OwnerThread(scope ->
            scope.fork(
                "slow",
                false,
                () -> {
                  awaitStubbornly(release);
                  ended.set(true);
                }));
    await().until(() -> owner.thread.getState() == Thread.State.WAITING);
    owner.thread.interrupt();
    await().until(() -> owner.thread.isInterrupted() || isWaiting(owner.thread));
    assertFalse(owner.isDone());
    release.countDown();

    assertTrue(owner.join(), "the interrupt was lost");
    assertTrue(ended.get(), "closed before the thread had ended");
  }

  @Test
  void anOwnerThatCameInterruptedWaitsAllTheSame() throws Exception {
    AtomicBoolean ended = new AtomicBoolean();
    OwnerThread owner =
        new OwnerThread(scope -> {
          CountDownLatch interrupted = new CountDownLatch(1);
          scope.fork(
              "slow",
              false,
              () -> {
                awaitStubbornly(interrupted);
                ended.set(true);
              });
          Thread.currentThread().interrupt();
          interrupted.countDown();
        });

    assertTrue(owner.join(), "the interrupt was lost");
    assertTrue(ended.get(), "closed before the thread had ended");
  }

  @Test
  void anInterruptedOwnerWaitsWithoutKeepingAProcessorBusy() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    OwnerThread owner =
        new OwnerThread(scope -> {
          scope.fork("slow", false, () -> awaitStubbornly(release));
          Thread.currentThread().interrupt();
        });
    try {
      await().atMost(Duration.ofSeconds(5)).until(() -> isWaiting(owner.thread));
    } finally {
      release.countDown();
    }
    owner.join();
  }

  private static boolean isWaiting(Thread thread) {
    return thread.getState() == Thread.State.WAITING;
  }

  @Test
  void itSaysWhatItIs() throws Exception {
    AtomicReference<String> description = new AtomicReference<>("");
    asOwner(scope -> description.set(scope.description()));

    assertFalse(description.get().isBlank());
  }
}
