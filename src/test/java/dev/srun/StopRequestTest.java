package dev.srun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Who asked first, when, and how urgently. */
final class StopRequestTest {
  private static final Cause.Signalled TERM = new Cause.Signalled("TERM", 15);
  private static final Cause.Signalled INT = new Cause.Signalled("INT", 2);
  private static final long START = 5_000_000_000L;
  private static final long APART = StopRequest.SAME_SIGNAL_NANOS;

  private final StopRequest request = new StopRequest();

  private StopRequest.Asked asked() {
    StopRequest.Asked asked = request.asked();
    if (asked == null) {
      throw new AssertionError("nobody has asked");
    }
    return asked;
  }

  @Test
  void nobodyHasAskedAtFirst() {
    assertNull(request.asked());
    assertEquals(0, request.signals());
    assertEquals(0, request.insistentSignal());
    assertEquals(Alarm.NEVER, request.secondAt());
  }

  @Test
  void theFirstToAskFixesCauseTimeAndUrgency() {
    assertTrue(request.ask(new Cause.Asked("first"), START));
    assertFalse(request.ask(new Cause.Asked("later"), START + 1));
    assertEquals(1, request.signal(INT, START + 2, true));
    assertEquals(new StopRequest.Asked(new Cause.Asked("first"), START, false), asked());
  }

  @Test
  void aSignalOfOneWhoWaitsAsksForTheStopAtOnce() {
    request.signal(INT, START, true);
    assertEquals(new StopRequest.Asked(INT, START, true), asked());
  }

  @Test
  void aSignalOfNobodyWhoWaitsDoesNot() {
    request.signal(TERM, START, false);
    request.signal(INT, START + APART, true);
    assertFalse(asked().atOnce());
  }

  @Test
  void theSecondSignalsTimeStaysAlsoWhenAThirdComes() {
    request.signal(TERM, START, false);
    assertEquals(Alarm.NEVER, request.secondAt());
    request.signal(INT, START + APART, false);
    assertEquals(START + APART, request.secondAt());
    request.signal(INT, START + 5 * APART, false);
    request.signal(TERM, START + 9 * APART, false);
    assertEquals(START + APART, request.secondAt());
    assertEquals(4, request.signals());
    assertEquals(15, request.insistentSignal());
  }

  @Test
  void anEchoIsNotTheSecondSignal() {
    request.signal(TERM, START, false);
    assertEquals(0, request.signal(TERM, START + APART - 1, false));
    assertEquals(1, request.signals());
    assertEquals(Alarm.NEVER, request.secondAt());
    assertEquals(2, request.signal(TERM, START + APART, false));
    assertEquals(START + APART, request.secondAt());
  }

  @Test
  void oneWhoAskedWithoutASignalIsNotCounted() {
    request.ask(new Cause.Asked("stop"), START);
    assertEquals(0, request.signals());
    assertEquals(1, request.signal(TERM, START + APART, false));
    assertEquals(Alarm.NEVER, request.secondAt());
  }

  @Test
  void aTimeBeforeZeroIsATimeAsWell() {
    request.signal(TERM, -START, false);
    request.signal(TERM, -START + APART, false);
    assertEquals(-START + APART, request.secondAt());
  }

  @Test
  void ofManyWhoAskAtTheSameTimeOneIsTheFirst() throws InterruptedException {
    for (int round = 0; round < 200; round++) {
      StopRequest many = new StopRequest();
      AtomicInteger firsts = new AtomicInteger();
      List<Thread> threads =
          IntStream.range(0, 4)
              .mapToObj(i ->
                  Thread.ofPlatform()
                      .unstarted(() -> {
                        if (many.ask(new Cause.Asked("" + i), START + i)) {
                          firsts.incrementAndGet();
                        }
                      }))
              .toList();
      threads.forEach(Thread::start);
      for (Thread thread : threads) {
        thread.join();
      }
      assertEquals(1, firsts.get());
    }
  }
}
