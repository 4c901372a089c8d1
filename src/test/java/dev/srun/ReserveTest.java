package dev.srun;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The promise of {@link Registration#stopReserve}: time that nobody else can spend. */
final class ReserveTest {

  /** What is asked for at 1 s with a grace of 10 s and a reserve of 4 s: 11 - 4 - 0.3. */
  private static final String FIRST_END = "PT6.7S";

  private final FakeHost host = new FakeHost();
  private final Journal journal = new Journal();
  private final Config config = Config.named("test").grace(ofSeconds(10));

  /** Notes when it is asked to stop, and takes its time for it. */
  private class Timed extends Fixture {
    private final Duration inStop;

    Timed(String name, Duration inStop) {
      super(name, ReserveTest.this.host, ReserveTest.this.journal);
      this.inStop = inStop;
    }

    final void noteTime(String verb) {
      note("at " + host.elapsed() + " " + verb);
    }

    @Override
    public void init(Context ctx) {}

    @Override
    public void run(Context ctx) throws Exception {
      runUntilStopped(ctx);
    }

    @Override
    public void stop(Context ctx) throws Exception {
      noteTime("stop");
      try {
        if (inStop.isPositive()) {
          host.sleep(inStop);
        }
      } catch (InterruptedException e) {
        noteTime("interrupt");
      }
      letRunReturn();
    }
  }

  private Fixture timed(String name, Duration inStop) {
    return new Timed(name, inStop);
  }

  private Fixture quick(String name) {
    return new Timed(name, Duration.ZERO);
  }

  private Fixture immovable(String name) {
    return new Timed(name, Duration.ZERO) {
      @Override
      public void stop(Context ctx) {
        noteTime("stop");
        host.hangAndSwallowInterrupts();
      }
    };
  }

  private static List<String> stragglers(Exit exit) {
    return exit.stragglers().stream()
        .map(each -> each.service() + (each.leftBehind() ? " left behind" : ""))
        .toList();
  }

  private FakeHost term() {
    return host.signalAt(ofSeconds(1), "TERM", 15);
  }

  @Test
  void theDrainCannotSpendIt() {
    term()
        .run(
            config.drain(ofSeconds(10)),
            app -> {
              app.service("a", timed("a", ofMillis(4_200))).stopReserve(ofSeconds(4));
              app.service("b", quick("b"));
            });
    assertEquals(
        List.of("at " + FIRST_END + " stop b", "at " + FIRST_END + " stop a"), journal.lines());
    assertEquals(ofMillis(10_900), host.elapsed());
  }

  @Test
  void theStopsOfOthersCannotSpendIt() {
    Exit exit =
        term()
            .run(
                config,
                app -> {
                  app.service("a", timed("a", ofMillis(4_200))).stopReserve(ofSeconds(4));
                  app.service("b", quick("b"));
                  app.service("c", timed("c", ofSeconds(9)));
                });
    assertEquals(List.of(), exit.failures());
    assertEquals(List.of("at PT1S stop c", "at " + FIRST_END + " interrupt c"), journal.lines("c"));
    assertEquals(List.of("at " + FIRST_END + " stop b"), journal.lines("b"));
    assertEquals(List.of("at " + FIRST_END + " stop a"), journal.lines("a"));
    assertEquals(ofMillis(10_900), host.elapsed());
    assertEquals(List.of("c"), stragglers(exit));
    assertEquals("c: still in stop after 5.7s of 5.7s", exit.stragglers().getFirst().toString());
    assertEquals(3, exit.code());
  }

  @Test
  void aStragglerIsLeftBehindInTimeAndTheReservedStopInOrderWithTheirOwnTime() {
    Exit exit =
        term()
            .run(
                config,
                app -> {
                  app.service("a", timed("a", ofMillis(2_900)));
                  app.service("b", timed("b", ofSeconds(1))).stopReserve(ofSeconds(4));
                  app.service("c", immovable("c"));
                });
    assertEquals(
        List.of("at PT1S stop c", "at PT7S stop b", "at PT8S stop a"), journal.lines("stop"));
    assertEquals(List.of(), journal.lines("interrupt"));
    assertEquals(ofMillis(10_900), host.elapsed());
    assertEquals(List.of("c left behind"), stragglers(exit));
    assertEquals(3, exit.code());
  }

  @Test
  void whatAStragglerOfOthersOwnsIsClosedBeforeTheReservedStop() {
    term()
        .run(
            config,
            app -> {
              app.service("a", quick("a")).stopReserve(ofSeconds(4));
              app.service(
                  "c",
                  new Timed("c", Duration.ZERO) {
                    @Override
                    public void init(Context ctx) {
                      ctx.own(() -> noteTime("close"));
                    }

                    @Override
                    public void stop(Context ctx) {
                      host.hangAndSwallowInterrupts();
                    }
                  });
            });
    assertEquals(List.of("at PT6.9S close c", "at PT7S stop a"), journal.lines());
  }

  @Test
  void oneThatEndsLateIsNotLeftBehind() {
    FakeHost.Door late = host.new Door();
    host.at(ofSeconds(8), late::open);
    Exit exit =
        term()
            .run(
                config,
                app -> {
                  app.service("a", timed("a", ofSeconds(2))).stopReserve(ofSeconds(4));
                  app.service(
                      "c",
                      new Timed("c", Duration.ZERO) {
                        @Override
                        public void stop(Context ctx) {
                          letRunReturn();
                          awaitWhateverComes(late);
                        }
                      });
                });
    assertEquals(List.of("c"), stragglers(exit));
    assertEquals(ofSeconds(9), host.elapsed());
    assertEquals(List.of(), exit.leaks());
  }

  private static void awaitWhateverComes(FakeHost.Door door) {
    boolean open = false;
    while (!open) {
      try {
        door.await();
        open = true;
      } catch (InterruptedException e) {
        // Not before the door is open.
      }
    }
  }

  @Test
  void reservesAddUpToHalfOfTheGraceAtMost() {
    term()
        .run(
            config,
            app -> {
              app.service("a", quick("a")).stopReserve(ofSeconds(4));
              app.service("b", quick("b")).stopReserve(ofSeconds(4));
              app.service("c", timed("c", ofSeconds(9)));
            });
    assertEquals(List.of("at PT5.7S interrupt c"), journal.lines("interrupt"));
  }

  @Test
  void reservesOfAGroupAddUp() {
    term()
        .run(
            config,
            app -> {
              app.group(group -> {
                group.service("a", quick("a")).stopReserve(ofSeconds(1));
                group.service("b", quick("b")).stopReserve(ofSeconds(1));
              });
              app.service("c", timed("c", ofSeconds(9)));
            });
    assertEquals(List.of("at PT8.7S interrupt c"), journal.lines("interrupt"));
  }

  @Test
  void whatTheOthersDoNotUseIsTheReservedServicesAsWell() {
    Exit exit =
        term()
            .run(
                config,
                app -> {
                  app.service("a", timed("a", ofMillis(9_900))).stopReserve(ofSeconds(1));
                  app.service("b", quick("b"));
                });
    assertEquals(List.of("at PT1S stop b", "at PT1S stop a"), journal.lines());
    assertEquals(ofMillis(10_900), host.elapsed());
    assertEquals(Outcome.CLEAN, exit.outcome());
    assertEquals(0, exit.code());
  }

  @Test
  void theServicesRegisteredBeforeShareIt() {
    Exit exit =
        term()
            .run(
                config,
                app -> {
                  app.service("a", timed("a", ofSeconds(4)));
                  app.service("b", timed("b", ofMillis(5_900))).stopReserve(ofSeconds(1));
                });
    assertEquals(List.of("at PT1S stop b", "at PT6.9S stop a"), journal.lines());
    assertEquals(ofMillis(10_900), host.elapsed());
    assertEquals(0, exit.code());
  }

  @Test
  void aReservedServiceThatDoesNotStopIsLeftBehindAtTheEndOfTheGrace() {
    Exit exit =
        term()
            .run(
                config,
                app -> {
                  app.service("a", immovable("a")).stopReserve(ofSeconds(4));
                  app.service("b", quick("b"));
                });
    assertEquals(ofMillis(11_300), host.elapsed());
    assertEquals(List.of("a left behind"), stragglers(exit));
    assertEquals("a: still in stop after 10s of 10s", exit.stragglers().getFirst().toString());
  }

  @Test
  void whereNobodyStopsItEndsInTimeAllTheSame() {
    Exit exit =
        term()
            .run(
                config,
                app -> {
                  app.service("a", immovable("a")).stopReserve(ofSeconds(4));
                  app.service("b", immovable("b"));
                });
    assertEquals(List.of("at PT1S stop b", "at PT7S stop a"), journal.lines());
    assertEquals(List.of("b left behind", "a left behind"), stragglers(exit));
    assertEquals(ofMillis(11_300), host.elapsed());
  }

  @Test
  void aGraceTooShortForItStillEndsInTimeAndAsksEveryService() {
    Exit exit =
        term()
            .run(
                config.grace(ofMillis(400)),
                app -> {
                  app.service("a", immovable("a")).stopReserve(ofSeconds(4));
                  app.service("b", immovable("b"));
                });
    assertEquals(2, journal.lines("stop").size());
    assertTrue(exit.stopTook().compareTo(ofMillis(900)) <= 0, () -> exit.stopTook().toString());
  }

  @Test
  void aStartThatFailsBelowAReservedServiceStopsWhatHadStarted() {
    Exit exit =
        host.run(
            config,
            app -> {
              app.service("a", quick("a"));
              app.service(
                  "b",
                  new Timed("b", Duration.ZERO) {
                    @Override
                    public void init(Context ctx) {
                      throw new IllegalStateException("b does not start");
                    }
                  });
              app.service("c", quick("c")).stopReserve(ofSeconds(4));
            });
    assertEquals(List.of("at PT0S stop a"), journal.lines());
    assertEquals(Outcome.FAILURES, exit.outcome());
    assertEquals(1, exit.code());
  }

  // A second signal

  private Setup immovableAboveReserved() {
    return app -> {
      app.service("a", immovable("a")).stopReserve(ofSeconds(4));
      app.service("b", quick("b"));
      app.service("c", immovable("c"));
    };
  }

  private void assertEverythingIsAskedAt(Duration second) {
    Exit exit = term().signalAt(second, "TERM", 15).run(config, immovableAboveReserved());
    assertEquals("at PT1S stop c", journal.lines().getFirst());
    assertEquals(1, journal.lines("b").size());
    assertEquals(List.of("at " + second + " stop a"), journal.lines("a"));
    assertEquals(second.plusMillis(300), host.elapsed());
    assertEquals(List.of("c left behind", "a left behind"), stragglers(exit));
    assertEquals(3, exit.code());
  }

  @Test
  void aSecondSignalBeforeTheReserveHurriesEverything() {
    assertEverythingIsAskedAt(ofSeconds(2));
    assertEquals(List.of("at PT2S stop b"), journal.lines("b"));
  }

  @Test
  void aSecondSignalInTheOvertimeOfTheOthersHurriesEverything() {
    assertEverythingIsAskedAt(ofMillis(6_800));
    assertEquals(List.of("at " + FIRST_END + " stop b"), journal.lines("b"));
  }

  @Test
  void aSecondSignalWhileTheReserveIsSpentInterrupts() {
    Exit exit =
        term()
            .signalAt(ofMillis(7_500), "TERM", 15)
            .run(
                config,
                app -> {
                  app.service("a", quick("a"));
                  app.service("b", timed("b", ofSeconds(3))).stopReserve(ofSeconds(4));
                  app.service("c", immovable("c"));
                });
    assertEquals(
        List.of("at PT1S stop c", "at PT7.5S interrupt b", "at PT7.5S stop a", "at PT7S stop b"),
        journal.lines().stream().sorted().toList());
    assertEquals(ofMillis(7_500), host.elapsed());
    assertFalse(exit.stragglers().getLast().leftBehind());
  }

  @Test
  void aSecondSignalInTheDrainHurriesEverything() {
    Exit exit =
        term()
            .signalAt(ofSeconds(2), "TERM", 15)
            .run(config.drain(ofSeconds(4)), immovableAboveReserved());
    assertEquals(3, journal.lines("PT2S").size());
    assertEquals(ofMillis(2_300), host.elapsed());
    assertEquals(3, exit.code());
  }
}
