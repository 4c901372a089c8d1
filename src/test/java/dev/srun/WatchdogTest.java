package dev.srun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When the watchdog pings, takes over, gives the exit and halts. */
final class WatchdogTest {
  private static final long MILLISECOND = 1_000_000;
  private static final long SLOWLY = 1_000 * MILLISECOND;
  private static final long OFTEN = 100 * MILLISECOND;

  private final Seen program = new Seen();
  private final Watchdog watchdog = new Watchdog(program);
  private long now = Long.MAX_VALUE - 3_600 * SLOWLY; // so that a comparison by size would show

  /** A program as its watchdog sees it, and what that does about it. */
  private static final class Seen implements Watched {
    final List<String> done = new ArrayList<>();
    long handled;
    int messages;
    int pings;
    int looksAtDescriptors;
    boolean stopping;
    boolean up;
    boolean over;
    boolean canTakeOver = true;
    boolean outOfMemory;
    boolean stands;
    boolean virtualThreadsRun = true;
    long graceEnd = Alarm.NEVER;
    long endsBy = Alarm.NEVER;
    long haltsBy = Alarm.NEVER;

    void handleAll() {
      handled += messages + pings;
      messages = 0;
      pings = 0;
    }

    int times(String what) {
      return (int) done.stream().filter(what::equals).count();
    }

    @Override
    public void ring() {
      done.add("ring");
    }

    @Override
    public void ping() {
      done.add("ping");
      pings++;
    }

    @Override
    public long handled() {
      return handled;
    }

    @Override
    public boolean hasMessages() {
      return messages + pings > 0;
    }

    @Override
    public boolean hasWork() {
      return messages > 0;
    }

    @Override
    public boolean isUp() {
      return up;
    }

    @Override
    public void loadStopClasses() {
      done.add("load stop classes");
    }

    @Override
    public boolean isStopping() {
      return stopping;
    }

    @Override
    public boolean isOver() {
      return over;
    }

    @Override
    public void lookAtLiveness(long now, boolean stands) {
      this.stands = stands;
    }

    @Override
    public boolean virtualThreadsRun() {
      return virtualThreadsRun;
    }

    @Override
    public boolean takeOver() {
      done.add("take over");
      return canTakeOver;
    }

    @Override
    public long graceEnd() {
      return graceEnd;
    }

    @Override
    public long endsBy() {
      return endsBy;
    }

    @Override
    public void end() {
      done.add("end");
    }

    @Override
    public void rehearse() {
      done.add("rehearse");
    }

    @Override
    public void failed(Throwable error) {
      done.add("failed");
    }

    @Override
    public void lookAtDescriptors(long now) {
      looksAtDescriptors++;
    }

    @Override
    public void keepMemory() {
      done.add("keep memory");
    }

    @Override
    public boolean isOutOfMemory() {
      return outOfMemory;
    }

    @Override
    public void askForWantOfMemory() {
      done.add("ask for want of memory");
    }

    @Override
    public void lookAtMemory() {}

    @Override
    public void endForWantOfMemory() {
      done.add("end for want of memory");
    }

    @Override
    public void releaseMemory() {
      done.add("release memory");
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

  /** Looks when it is time; returns how long it wants to wait then. */
  private long look() {
    long next = watchdog.look(now);
    long pause = next - now;
    now = next;
    return pause;
  }

  private void look(int times) {
    for (int i = 0; i < times; i++) {
      look();
    }
  }

  /** A stop that has been looked at once, with a message that is not handled. */
  private void stopWithWork() {
    program.stopping = true;
    program.messages = 1;
    look();
  }

  // Pings

  @Test
  void itPingsWhereNothingWaitsAndOnlyThere() {
    look();
    assertEquals(1, program.times("ping"));
    look(5);
    assertEquals(1, program.times("ping"));
    program.handleAll();
    look();
    assertEquals(2, program.times("ping"));
  }

  @Test
  void itLooksSlowlyWhileNothingHasToEndAndOftenInAStop() {
    assertEquals(SLOWLY, look());
    program.stopping = true;
    assertEquals(OFTEN, look());
  }

  /** Connections may use up the last one during a drain as well. */
  @Test
  void itLooksAtFileDescriptorsUntilTheProgramIsOver() {
    look(2);
    program.stopping = true;
    look(2);
    assertEquals(4, program.looksAtDescriptors);
    program.over = true;
    look();
    assertEquals(4, program.looksAtDescriptors);
  }

  /** A JVM that is going down for long, such as one that writes an AOT cache, is nobody's loop. */
  @Test
  void onceTheProgramIsOverItDoesNothingButHaltIt() {
    look();
    program.over = true;
    program.stopping = true;
    program.haltsBy = now + Duration.ofSeconds(20).toNanos();
    program.done.clear();
    assertEquals(Duration.ofSeconds(20).toNanos(), look());
    assertEquals(List.of(), program.done);
    look();
    assertEquals(List.of("halt"), program.done);
  }

  // Taking over

  @Test
  void itTakesNothingOverWhileMessagesAreHandled() {
    for (int i = 0; i < 100; i++) {
      program.messages = 3;
      look();
      program.handled++; // one of many at least
    }
    program.stopping = true;
    for (int i = 0; i < 100; i++) {
      look();
      program.handled++;
    }
    assertEquals(0, program.times("take over"));
  }

  @Test
  void inAStopItTakesOverAfterFiveLooksWithoutAnAnswer() {
    stopWithWork();
    look(4);
    assertEquals(0, program.times("take over"));
    look();
    assertEquals(1, program.times("take over"));
  }

  @Test
  void inAStopAPingWithoutAnAnswerIsEnough() {
    program.stopping = true;
    look(5);
    assertEquals(0, program.times("take over"));
    look();
    assertEquals(1, program.times("take over"));
  }

  @Test
  void anAnswerInAStopBeginsTheCountAnew() {
    stopWithWork();
    look(4);
    program.handled++;
    look(5);
    assertEquals(0, program.times("take over"));
    look();
    assertEquals(1, program.times("take over"));
  }

  @Test
  void theLooksBeforeTheStopDoNotCountInIt() {
    look(60); // a ping that nobody answers, and no work
    stopWithWork();
    look(4);
    assertEquals(0, program.times("take over"));
    look();
    assertEquals(1, program.times("take over"));
  }

  @Test
  void beforeAStopItTakesOverAfterTenLooksThatMoreThanAPingWaits() {
    program.messages = 1;
    look(10);
    assertEquals(0, program.times("take over"));
    look();
    assertEquals(1, program.times("take over"));
  }

  @Test
  void beforeAStopAPingWithoutAnAnswerIsNotEnough() {
    look(100);
    assertEquals(0, program.times("take over"));
    program.messages = 1;
    look();
    assertEquals(1, program.times("take over"));
  }

  @Test
  void itCountsLooksSoThatAMachineThatSleptIsNoHang() {
    stopWithWork();
    now += Duration.ofHours(8).toNanos();
    look();
    assertEquals(0, program.times("take over"));
    program.handleAll();
    look(3);
    assertEquals(0, program.times("take over"));
  }

  @Test
  void whenTheGraceIsOverItTakesOverAtTheFirstLookWithoutAnAnswer() {
    program.graceEnd = now + OFTEN / 2;
    stopWithWork();
    assertEquals(0, program.times("take over"));
    look();
    assertEquals(1, program.times("take over"));
  }

  @Test
  void whenTheGraceIsOverItTakesNothingOverFromOneWhoAnswers() {
    program.graceEnd = now;
    program.stopping = true;
    program.messages = 100;
    for (int i = 0; i < 20; i++) {
      look();
      program.handled++;
    }
    assertEquals(0, program.times("take over"));
  }

  @Test
  void itTriesAgainWhereItCouldNotTakeOverAndNotOnceItHas() {
    program.canTakeOver = false;
    stopWithWork();
    look(8);
    assertEquals(4, program.times("take over"));
    program.canTakeOver = true;
    look(10);
    assertEquals(5, program.times("take over"));
  }

  @Test
  void itTriesNoMoreWhereTheSupervisorCameBack() {
    program.canTakeOver = false;
    stopWithWork();
    look(5);
    program.handled++;
    look(5);
    assertEquals(1, program.times("take over"));
  }

  @Test
  void onceItHasTakenOverItPingsNobody() {
    stopWithWork();
    look(5);
    program.handleAll();
    look(20);
    assertEquals(0, program.times("ping"));
  }

  // Memory

  @Test
  void itKeepsMemoryAtTheFirstLookUnlessThatIsInAStop() {
    look(3);
    assertEquals(1, program.times("keep memory"));
    program.stopping = true;
    new Watchdog(program).look(now);
    assertEquals(1, program.times("keep memory"));
  }

  @Test
  void itAsksToStopWhereThereIsNoMemoryToSaySo() {
    look(3);
    assertEquals(0, program.times("ask for want of memory"));
    program.outOfMemory = true;
    look();
    program.stopping = true;
    look();
    assertEquals(1, program.times("ask for want of memory"));
  }

  // The end

  @Test
  void itLooksAgainWhenTheProgramMustHaveEndedAndGivesTheExitOnce() {
    program.stopping = true;
    program.endsBy = now + 30 * MILLISECOND;
    assertEquals(30 * MILLISECOND, look());
    assertEquals(0, program.times("end"));
    now += MILLISECOND;
    for (int i = 0; i < 30; i++) {
      assertEquals(Alarm.NEVER, watchdog.look(now));
    }
    assertEquals(1, program.times("end"));
  }

  @Test
  void itGivesTheExitAlsoWhereItHasTakenOver() {
    stopWithWork();
    look(5);
    program.endsBy = now;
    look();
    assertEquals(List.of("take over", "end"), program.done.subList(1, 3));
  }

  @Test
  void itHaltsWhenTheProcessMustHaveEndedAndNotBefore() {
    program.stopping = true;
    program.endsBy = now + 20 * MILLISECOND;
    program.haltsBy = now + 30 * MILLISECOND;
    look();
    assertEquals(10 * MILLISECOND, look());
    assertEquals(0, program.times("halt"));
    look();
    assertEquals(1, program.times("halt"));
    assertEquals(1, program.times("end"));
  }

  @Test
  void aProgramThatDoesNotOwnItsProcessIsNeverHalted() {
    program.stopping = true;
    program.endsBy = now;
    look(1_000);
    assertEquals(0, program.times("halt"));
  }

  @Test
  void theEndIsRehearsedOnceAndNotAtTheFirstLook() {
    look();
    assertEquals(0, program.times("rehearse"));
    look(50);
    assertEquals(1, program.times("rehearse"));
    assertEquals(0, program.times("end"));
  }

  // Liveness

  @Test
  void virtualThreadsStandWhenAPingIsNotAnsweredForLong() {
    long since = now;
    look();
    for (int i = 0; i < 11 && !program.stands; i++) {
      look();
    }
    assertTrue(program.stands);
    assertTrue(now - since <= 3 * SLOWLY, "within " + (now - since) / MILLISECOND + " ms");
    program.handleAll();
    look();
    assertFalse(program.stands);
    assertEquals(0, program.times("take over"), "there was no work to be done");
  }

  @Test
  void afterATakeOverAVirtualThreadShowsWhetherTheyStand() {
    stopWithWork();
    look(6);
    assertEquals(1, program.times("take over"));
    program.stopping = false;
    program.virtualThreadsRun = true;
    look();
    assertFalse(program.stands);
    program.virtualThreadsRun = false;
    look(2);
    assertTrue(program.stands);
    program.virtualThreadsRun = true;
    look();
    assertFalse(program.stands);
  }
}
