package dev.srun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is counted of how long something takes. */
final class LatencyTest {

  @Test
  void whatNeverHappenedTookNoTime() {
    LatencySnapshot none = new Latency().snapshot();

    assertEquals(0, none.count());
    assertEquals(Duration.ZERO, none.total());
    assertEquals(Duration.ZERO, none.max());
    assertEquals(0, none.countUpTo(Duration.ofHours(2)));
  }

  @Test
  void theTotalIsThatOfAllWithinTwoDigits() {
    Latency latency = new Latency();
    for (int i = 1; i <= 100; i++) {
      latency.record(Duration.ofMillis(i).toNanos());
    }

    assertEquals(5050.0, (double) latency.snapshot().total().toMillis(), 50.0);
  }

  /** A total that goes back by a rounding error reads as a restart. */
  @Test
  void theTotalNeverGoesBack() {
    Latency latency = new Latency();
    Random random = new Random(1);
    Duration before = Duration.ZERO;
    for (int i = 0; i < 5_000; i++) {
      latency.record(i % 3 == 0 ? 0 : random.nextLong(Duration.ofMinutes(2).toNanos()));
      Duration total = latency.snapshot().total();
      int times = i;
      Duration last = before;
      assertTrue(total.compareTo(last) >= 0, () -> times + ": " + last + " then " + total);
      before = total;
    }
  }

  @Test
  void everyOneIsCountedWhoeverLooksMeanwhile() {
    Latency latency = new Latency();
    Runnable counting =
        () -> {
          for (int i = 1; i <= 500; i++) {
            latency.record(i);
          }
        };
    List<Thread> threads =
        List.of(Thread.ofVirtual().start(counting), Thread.ofVirtual().start(counting));
    long before = 0;
    while (threads.stream().anyMatch(Thread::isAlive)) {
      long now = latency.snapshot().count();
      assertTrue(now >= before && now <= 1_000, before + " then " + now);
      before = now;
    }
    assertEquals(1_000, latency.snapshot().count());
  }

  @Test
  void howManyTookAtMostSoLongIsCounted() {
    Latency latency = new Latency();
    latency.record(Duration.ofMillis(1).toNanos());
    latency.record(Duration.ofSeconds(5).toNanos());
    latency.record(Duration.ofSeconds(20).toNanos());
    LatencySnapshot snapshot = latency.snapshot();

    assertEquals(0, snapshot.countUpTo(Duration.ofNanos(900_000)));
    assertEquals(1, snapshot.countUpTo(Duration.ofSeconds(4)));
    assertEquals(2, snapshot.countUpTo(Duration.ofSeconds(5)));
    assertEquals(3, snapshot.countUpTo(Duration.ofSeconds(21)));
  }
}
