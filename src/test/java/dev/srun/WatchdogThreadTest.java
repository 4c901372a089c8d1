package dev.srun;

import static java.time.Duration.ofSeconds;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The alarm on the machine's own clock. */
@Timeout(60)
final class WatchdogThreadTest {
  private static final Duration SOON = Duration.ofMillis(50);

  /** On time, on a machine that has other things to do. */
  private static final Duration ROUGHLY = Duration.ofSeconds(5);

  private final BlockingQueue<Long> rings = new LinkedBlockingQueue<>();
  private final BlockingQueue<Long> looks = new LinkedBlockingQueue<>();
  private final List<String> done = new CopyOnWriteArrayList<>();
  private final AtomicInteger failures = new AtomicInteger();
  private final AtomicReference<Throwable> error = new AtomicReference<>(new OutOfMemoryError());
  private final AtomicReference<Thread> thread = new AtomicReference<>();
  private volatile long haltsBy = Alarm.NEVER;
  private final Alarm alarm = WatchdogThread.start(new Seen());

  private final class Seen implements Watched {

    @Override
    public void ring() {
      thread.set(Thread.currentThread());
      if (failures.getAndDecrement() > 0) {
        throw WatchdogThreadTest.<RuntimeException>unchecked(error.get());
      }
      rings.add(System.nanoTime());
    }

    @Override
    public void ping() {}

    @Override
    public long handled() {
      looks.add(System.nanoTime());
      return 0;
    }

    @Override
    public boolean hasMessages() {
      return false;
    }

    @Override
    public boolean hasWork() {
      return false;
    }

    @Override
    public boolean isUp() {
      return true;
    }

    @Override
    public void loadStopClasses() {}

    @Override
    public boolean isStopping() {
      return false;
    }

    @Override
    public void lookAtLiveness(long now, boolean stands) {
      // Its own test is of the watchdog's logic.
    }

    @Override
    public boolean virtualThreadsRun() {
      return true;
    }

    @Override
    public boolean takeOver() {
      return false;
    }

    @Override
    public long graceEnd() {
      return Alarm.NEVER;
    }

    @Override
    public long endsBy() {
      return Alarm.NEVER;
    }

    @Override
    public void end() {}

    @Override
    public void rehearse() {}

    @Override
    public void failed(Throwable error) {
      done.add("failed " + error.getMessage());
    }

    @Override
    public void lookAtDescriptors(long now) {}

    @Override
    public void keepMemory() {}

    @Override
    public boolean isOutOfMemory() {
      return false;
    }

    @Override
    public void askForWantOfMemory() {}

    @Override
    public void lookAtMemory() {}

    @Override
    public void endForWantOfMemory() {
      failures.set(0);
      done.add("end for want of memory");
    }

    @Override
    public void releaseMemory() {
      done.add("release memory");
    }

    @Override
    public boolean isOver() {
      return false;
    }

    @Override
    public long haltsBy() {
      return haltsBy;
    }

    @Override
    public void halt() {
      done.add("halt");
    }
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Throwable> E unchecked(Throwable error) throws E {
    throw (E) error;
  }

  @AfterEach
  void end() {
    alarm.close();
  }

  private static long in(Duration time) {
    return System.nanoTime() + time.toNanos();
  }

  private long awaitRing() throws InterruptedException {
    Long at = rings.poll(30, TimeUnit.SECONDS);
    if (at == null) {
      throw new AssertionError("does not ring");
    }
    return at;
  }

  private static void assertOnTime(long due, long rang) {
    assertTrue(rang - due >= 0, () -> "early by " + (due - rang));
    assertTrue(rang - due < ROUGHLY.toNanos(), () -> "late by " + (rang - due));
  }

  @Test
  void itRingsOnTimeAndNotBefore() throws InterruptedException {
    for (int i = 0; i < 5; i++) {
      long due = in(SOON);
      alarm.notLaterThan(due);
      assertOnTime(due, awaitRing());
    }
  }

  @Test
  void itRingsAtOnceForWhatHasPassed() throws InterruptedException {
    long due = in(SOON.negated());
    alarm.notLaterThan(due);
    assertTrue(awaitRing() - due < ROUGHLY.toNanos());
  }

  @Test
  void itIsWokenForADeadlineThatMovesForward() throws InterruptedException {
    long start = System.nanoTime();
    for (int i = 0; i < 15; i++) { // fifteen looks would take fifteen seconds
      alarm.notLaterThan(in(Duration.ofHours(1)));
      alarm.notLaterThan(in(Duration.ofMinutes(1)));
      long due = in(SOON);
      alarm.notLaterThan(due);
      assertOnTime(due, awaitRing());
    }
    assertTrue(System.nanoTime() - start < Duration.ofSeconds(10).toNanos());
  }

  @Test
  void aDeadlineThatMovesBackIsNoRingOfItsOwn() throws InterruptedException {
    long due = in(SOON);
    alarm.notLaterThan(due);
    alarm.notLaterThan(due + SOON.toNanos());
    alarm.notLaterThan(Alarm.NEVER);
    assertOnTime(due, awaitRing());
    long next = in(SOON.multipliedBy(4));
    alarm.notLaterThan(next);
    assertOnTime(next, awaitRing());
  }

  @Test
  void aRingThatFailsForWantOfMemoryIsRepeatedWithTheMemoryThatWasKept()
      throws InterruptedException {
    failures.set(3);
    long due = in(SOON);
    alarm.notLaterThan(due);
    assertOnTime(due, awaitRing());
    assertEquals(List.of("release memory", "release memory", "release memory"), done);
  }

  @Test
  void whereThereIsNoMemoryForTwoSecondsItHasTheProgramEnd() throws InterruptedException {
    failures.set(Integer.MAX_VALUE);
    long due = in(SOON);
    alarm.notLaterThan(due);
    assertTrue(awaitRing() - due > Duration.ofSeconds(2).toNanos());
    assertEquals(
        "end for want of memory",
        done.stream().filter(one -> !one.startsWith("release")).findFirst().orElse(""));
  }

  @Test
  void aRingThatFailsOtherwiseIsToldAndRepeated() throws InterruptedException {
    error.set(new IllegalStateException("broken"));
    failures.set(1);
    alarm.notLaterThan(in(SOON));
    awaitRing();
    assertEquals(List.of("release memory", "failed broken"), done);
  }

  @Test
  void closingItEndsItsThread() throws InterruptedException {
    alarm.notLaterThan(in(SOON));
    awaitRing();
    alarm.close();
    thread.get().join(ROUGHLY);
    assertFalse(thread.get().isAlive());
    assertTrue(thread.get().isDaemon());
    assertFalse(thread.get().isVirtual());
  }

  @Test
  void closingItKeepsAnInterrupt() {
    Thread.currentThread().interrupt();
    alarm.close();
    assertTrue(Thread.interrupted());
  }

  /** Twenty slow looks would take twenty seconds. */
  @Test
  void oneWhoHurriesItMakesItLookAtOnce() throws InterruptedException {
    long start = System.nanoTime();
    for (int i = 0; i < 20; i++) {
      looks.clear();
      alarm.hurry();
      assertTrue(looks.poll(30, TimeUnit.SECONDS) != null);
    }
    assertTrue(System.nanoTime() - start < Duration.ofSeconds(10).toNanos());
  }

  @Test
  void itLooksByItselfEverySecond() throws InterruptedException {
    long start = System.nanoTime();
    Long first = looks.poll(30, TimeUnit.SECONDS);
    assertTrue(first != null && first - start < Watchdog.SLOWLY + ROUGHLY.toNanos());
  }

  @Test
  void aProgramThatShouldHaveEndedIsHaltedWhateverFails() throws Exception {
    error.set(new NoClassDefFoundError("dev/srun/Gone"));
    failures.set(Integer.MAX_VALUE);
    alarm.notLaterThan(System.nanoTime());
    await().until(() -> done.contains("failed dev/srun/Gone"));
    assertFalse(done.contains("halt"));
    haltsBy = System.nanoTime();
    await().atMost(ofSeconds(20)).until(() -> done.contains("halt"));
  }

  @Test
  void whatFailsAllTheTimeIsTriedEverMoreSlowlyAndLoggedEverMoreRarely() throws Exception {
    error.set(new IllegalStateException("broken"));
    failures.set(Integer.MAX_VALUE);
    alarm.notLaterThan(System.nanoTime());
    await().atMost(ofSeconds(30)).until(() -> Collections.frequency(done, "failed broken") == 5);
    int tries = Integer.MAX_VALUE - failures.get();
    assertTrue(tries >= 16 && tries < 32, () -> tries + " tries");
  }
}
