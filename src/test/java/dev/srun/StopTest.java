package dev.srun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** The promises of DESIGN "Stop" and "It always ends", as far as the supervisor has a thread. */
class StopTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final FakeHost host = new FakeHost();
  private final Journal journal = new Journal();
  private final Config config = Config.named("test").grace(Duration.ofSeconds(10));

  private Fixture fixture(String name) {
    return new Fixture(name, host, journal);
  }

  /** Stops in {@code time} of fake time. */
  private Fixture slowToStop(String name, Duration time) {
    return new Fixture(name, host, journal) {
      @Override
      public void stop(Context ctx) throws Exception {
        note("stop");
        host.sleep(time);
        letRunReturn();
        note("stopped");
      }
    };
  }

  /** Neither stop nor run ever ends. */
  private Fixture immovable(String name) {
    return new Fixture(name, host, journal) {
      @Override
      public void run(Context ctx) {
        note("run");
        ctx.ready();
        host.hangAndSwallowInterrupts();
      }

      @Override
      public void stop(Context ctx) {
        note("stop");
        host.hangAndSwallowInterrupts();
      }
    };
  }

  private static List<String> stragglers(Exit exit) {
    return exit.stragglers().stream().map(Straggler::service).toList();
  }

  @Test
  void readinessIsFalseBeforeAnythingElseAndTheDrainComesBeforeTheFirstStop() {
    Program program =
        host.signalAt(SECOND, "TERM", 15)
            .start(
                config.drain(Duration.ofSeconds(4)),
                app -> {
                  app.service(
                      "a",
                      new Fixture("a", host, journal) {
                        @Override
                        public void stop(Context ctx) {
                          note(
                              "stop at "
                                  + host.elapsed()
                                  + ", ready "
                                  + ctx.runner().status().ready());
                          letRunReturn();
                        }
                      });
                });
    host.at(SECOND.plusMillis(1), () -> journal.note("ready " + program.status().ready()));
    host.drive(program);
    assertEquals(
        List.of("init a", "run a", "ready false", "stop at PT5S, ready false a"), journal.lines());
  }

  @Test
  void aProgramWithoutServicesDoesNotDrain() {
    host.run(config.drain(Duration.ofSeconds(4)), app -> app.main("cli", ctx -> {}));
    assertEquals(Duration.ZERO, host.elapsed());
  }

  @Test
  void aServiceThatDoesNotImplementStopIsInterruptedInRun() {
    host.signalAt(SECOND, "TERM", 15);
    Exit exit =
        host.run(
            config,
            app ->
                app.service(
                    "plain",
                    ctx -> {
                      ctx.ready();
                      host.hang();
                    }));
    assertEquals(Outcome.CLEAN, exit.outcome());
    assertEquals(SECOND, host.elapsed());
  }

  @Test
  void whatAServiceOwnsIsClosedAfterItsStopAndRunLastFirst() {
    host.signalAt(SECOND, "TERM", 15);
    host.run(
        config,
        app -> {
          app.service("below", fixture("below"));
          app.service(
              "owner",
              new Fixture("owner", host, journal) {
                @Override
                public void init(Context ctx) {
                  ctx.own(() -> journal.note("close 1"));
                  ctx.own(() -> journal.note("close 2"));
                }

                @Override
                public void run(Context ctx) throws Exception {
                  ctx.own(() -> journal.note("close 3"));
                  runUntilStopped(ctx);
                  note("run ended");
                }
              });
        });
    assertEquals(
        List.of("stop owner", "run ended owner", "close 3", "close 2", "close 1", "stop below"),
        journal.lines().subList(2, 8));
  }

  @Test
  void whatTheSetupOwnsIsClosedLastOfAllAlsoWhenTheSetupFails() {
    host.run(
        config,
        app -> {
          app.own(() -> journal.note("close early"));
          app.own(() -> journal.note("close late"));
          app.service("a", fixture("a"));
          app.main("cli", ctx -> {});
        });
    assertEquals(
        List.of("init a", "run a", "stop a", "close late", "close early"), journal.lines());
    Journal failing = new Journal();
    Exit exit =
        new FakeHost()
            .run(
                config,
                app -> {
                  app.own(() -> failing.note("close"));
                  app.service("a", fixture("a"));
                  throw new IllegalStateException("setup broke");
                });
    assertEquals(List.of("close"), failing.lines());
    assertEquals(Phase.SETUP, assertInstanceOf(Cause.Failed.class, exit.cause()).failure().phase());
    assertEquals(1, exit.code());
  }

  @Test
  void aStopThatThrowsIsAFailureAndTheOthersStopAllTheSame() {
    host.signalAt(SECOND, "TERM", 15);
    Exit exit =
        host.run(
            config,
            app -> {
              app.service("a", fixture("a"));
              app.service(
                  "b",
                  new Fixture("b", host, journal) {
                    @Override
                    public void stop(Context ctx) {
                      letRunReturn();
                      throw new IllegalStateException("b does not stop");
                    }
                  });
            });
    assertEquals(new Cause.Signalled("TERM", 15), exit.cause());
    assertEquals(Outcome.FAILURES, exit.outcome());
    assertEquals(1, exit.code());
    assertEquals(List.of("stop a"), journal.lines("stop"));
    assertEquals(Phase.STOP, exit.failures().getFirst().phase());
  }

  @Test
  void theCauseIsTheFirstThingThatHappenedAndLaterFailuresAreSuppressedOntoIt() {
    IllegalStateException first = new IllegalStateException("first");
    IllegalStateException second = new IllegalStateException("second");
    Exit exit =
        host.run(
            config,
            app -> {
              app.service(
                  "a",
                  new Fixture("a", host, journal) {
                    @Override
                    public void stop(Context ctx) {
                      letRunReturn();
                      throw second;
                    }
                  });
              app.main(
                  "cli",
                  ctx -> {
                    throw first;
                  });
            });
    assertSame(first, assertInstanceOf(Cause.Failed.class, exit.cause()).failure().error());
    assertSame(second, first.getSuppressed()[0]);
    assertEquals(2, exit.failures().size());
  }

  @Test
  void aFailureThatCannotBeClosedOnceIsNeverSuppressedOntoItself() {
    IllegalStateException same = new IllegalStateException("same");
    Exit exit =
        host.run(
            config,
            app ->
                app.service(
                    "a",
                    new Fixture("a", host, journal) {
                      @Override
                      public void run(Context ctx) {
                        throw same;
                      }

                      @Override
                      public void stop(Context ctx) {
                        throw same;
                      }
                    }));
    assertEquals(2, exit.failures().size());
    assertEquals(0, same.getSuppressed().length);
  }

  @Test
  void oneGraceCoversDrainAllStopsAndClosing() {
    host.signalAt(SECOND, "TERM", 15);
    Exit exit =
        host.run(
            config.drain(Duration.ofSeconds(3)),
            app -> {
              app.service("a", slowToStop("a", Duration.ofSeconds(3)));
              app.service("b", slowToStop("b", Duration.ofSeconds(3)));
            });
    assertEquals(Duration.ofSeconds(10), host.elapsed());
    assertEquals(Outcome.CLEAN, exit.outcome());
    assertEquals(Duration.ofSeconds(9), exit.stopTook());
  }

  @Test
  void whenTheGraceIsOverTheRemainingStopsBeginInOrderAndShare300Milliseconds() {
    host.signalAt(SECOND, "TERM", 15);
    Exit exit =
        host.run(
            config,
            app -> {
              app.onStateChange(journal);
              app.service("a", slowToStop("a", Duration.ofMillis(100)));
              app.service("b", slowToStop("b", Duration.ofMillis(100)));
              app.service("c", immovable("c"));
            });
    assertEquals(Duration.ofMillis(11_300), host.elapsed());
    assertEquals(
        List.of("c SHUTTING_DOWN", "b SHUTTING_DOWN", "a SHUTTING_DOWN"),
        journal.lines("SHUTTING_DOWN"));
    assertEquals(2, journal.lines("stopped").size());
    assertEquals(List.of("c"), stragglers(exit));
    assertEquals(Phase.STOP, exit.stragglers().getFirst().phase());
    assertEquals(Outcome.FORCED, exit.outcome());
    assertEquals(3, exit.code());
  }

  @Test
  void whatAStragglerOwnsIsClosedBeforeTheEnd() {
    host.signalAt(SECOND, "TERM", 15);
    host.run(
        config,
        app ->
            app.service(
                "a",
                new Fixture("a", host, journal) {
                  @Override
                  public void run(Context ctx) {
                    ctx.own(() -> note("close"));
                    ctx.ready();
                    host.hangAndSwallowInterrupts();
                  }
                }));
    assertEquals(1, journal.lines("close").size());
  }

  @Test
  void theReportOfAStragglerSaysServicePhaseTimeAndStack() {
    host.signalAt(SECOND, "TERM", 15);
    Exit exit = host.run(config, app -> app.service("c", immovable("c")));
    Straggler straggler = exit.stragglers().getFirst();
    assertEquals("c: still in stop after 10s of 10s", straggler.toString());
    assertTrue(
        straggler.threads().toString().contains("FakeHost.hangAndSwallow"),
        straggler.threads().toString());
  }

  @Test
  void aSecondSignalSkipsToInterrupting() {
    host.signalAt(SECOND, "TERM", 15).signalAt(Duration.ofSeconds(3), "INT", 2);
    Exit exit =
        host.run(
            config,
            app -> {
              app.service("a", fixture("a"));
              app.service("b", slowToStop("b", Duration.ofSeconds(9)));
            });
    assertEquals(
        Duration.ofSeconds(3), host.elapsed().truncatedTo(java.time.temporal.ChronoUnit.SECONDS));
    assertEquals(new Cause.Signalled("TERM", 15), exit.cause());
    assertEquals(3, exit.code());
    assertEquals(List.of("stop b", "stop a"), journal.lines("stop"));
  }

  @Test
  void aThirdSignalEndsAtOnceWithTheSignalsOwnCode() {
    host.signalAt(SECOND, "TERM", 15)
        .signalAt(Duration.ofSeconds(2), "TERM", 15)
        .signalAt(Duration.ofMillis(2_299), "TERM", 15)
        .signalAt(Duration.ofMillis(2_300), "TERM", 15);
    Exit exit = host.run(config, app -> app.service("c", immovable("c")));
    assertEquals(Duration.ofMillis(2_300), host.elapsed());
    assertEquals(143, exit.code());
  }

  @Test
  void signalsWithin300MillisecondsCountAsOne() {
    host.signalAt(SECOND, "INT", 2).signalAt(SECOND.plusMillis(299), "INT", 2);
    Exit exit = host.run(config, app -> app.service("b", slowToStop("b", Duration.ofSeconds(5))));
    assertEquals(Outcome.CLEAN, exit.outcome());
    assertEquals(Duration.ofSeconds(6), host.elapsed());
  }

  @Test
  void aFirstSignalInAStopThatTheProgramBeganIsNoSecondSignal() {
    host.signalAt(Duration.ofSeconds(2), "TERM", 15);
    Exit exit =
        host.run(
            config,
            app -> {
              app.service("b", slowToStop("b", Duration.ofSeconds(5)));
              app.main("cli", ctx -> {});
            });
    assertEquals(Outcome.CLEAN, exit.outcome());
    assertEquals(new Cause.Completed("cli"), exit.cause());
  }

  @Test
  void aHupInAStopIsIgnored() {
    host.signalAt(SECOND, "TERM", 15).signalAt(Duration.ofSeconds(2), "HUP", 1);
    Exit exit = host.run(config, app -> app.service("b", slowToStop("b", Duration.ofSeconds(5))));
    assertEquals(Outcome.CLEAN, exit.outcome());
  }

  @Test
  void anUnfinishedMainTaskThatASignalCutsOffGivesTheSignalsCode() {
    host.signalAt(SECOND, "INT", 2);
    Exit exit = host.run(config, app -> app.main("cli", ctx -> host.hang()));
    assertEquals(130, exit.code());
    assertEquals(Outcome.CLEAN, exit.outcome());
  }

  @Test
  void aServicesOwnStopLimitInterruptsItAndTheOthersStopInOrder() {
    host.signalAt(SECOND, "TERM", 15);
    Exit exit =
        host.run(
            config,
            app -> {
              app.service("a", fixture("a"));
              app.service("b", slowToStop("b", Duration.ofSeconds(9)))
                  .stopTimeout(Duration.ofSeconds(2));
            });
    assertEquals(Duration.ofSeconds(3), host.elapsed());
    assertEquals(Outcome.FAILURES, exit.outcome());
    assertEquals("stop a", journal.lines().getLast());
    Failure failure = exit.failures().getFirst();
    assertInstanceOf(TimeoutException.class, failure.error());
    assertEquals("stop of b took longer than 2s", failure.error().getMessage());
  }

  @Test
  void aServiceThatOutlivesItsOwnStopLimitIsLeftBehindHalfASecondLater() {
    host.signalAt(SECOND, "TERM", 15);
    Exit exit =
        host.run(
            config,
            app -> {
              app.service("a", fixture("a"));
              app.service("b", immovable("b")).stopTimeout(Duration.ofSeconds(2));
            });
    assertEquals(Duration.ofMillis(3_500), host.elapsed());
    assertEquals("stop a", journal.lines().getLast());
    assertEquals(List.of("b"), stragglers(exit));
  }

  @Test
  void aGraceOfZeroStillAsksEveryServiceToStop() {
    host.signalAt(SECOND, "TERM", 15);
    host.run(
        config.grace(Duration.ZERO),
        app -> {
          app.service("a", fixture("a"));
          app.service("b", fixture("b"));
        });
    assertEquals(2, journal.lines("stop").size());
  }

  @Test
  void theThreadsOfAServicesOwnScopeEndWithIt() {
    host.signalAt(SECOND, "TERM", 15);
    Exit exit =
        host.run(
            config,
            app ->
                app.service(
                    "pool",
                    ctx ->
                        ctx.threads()
                            .start(
                                "worker",
                                own -> {
                                  try {
                                    host.hang();
                                  } catch (InterruptedException e) {
                                    journal.note("worker interrupted");
                                  }
                                })));
    assertEquals(List.of("worker interrupted"), journal.lines());
    assertEquals(Outcome.CLEAN, exit.outcome());
  }

  @Test
  void somethingOwnedTooLateIsClosedAtOnceAndRefused() {
    Context[] leaked = new Context[1];
    host.run(config, app -> app.main("cli", ctx -> leaked[0] = ctx));
    IllegalStateException refused =
        org.junit.jupiter.api.Assertions.assertThrows(
            IllegalStateException.class, () -> leaked[0].own(() -> journal.note("closed")));
    assertTrue(refused.getMessage().contains("cli"));
    assertEquals(List.of("closed"), journal.lines());
  }

  @Test
  void remainingIsWhatIsLeftOfTheOvertimeOnceTheGraceIsOver() {
    host.signalAt(SECOND, "TERM", 15);
    Duration[] seen = new Duration[1];
    host.run(
        config,
        app ->
            app.service(
                "a",
                new Fixture("a", host, journal) {
                  @Override
                  public void stop(Context ctx) throws Exception {
                    try {
                      host.hang();
                    } catch (InterruptedException e) {
                      seen[0] = ctx.remaining();
                    }
                    letRunReturn();
                  }
                }));
    assertTrue(seen[0].compareTo(Budget.OVERTIME) <= 0, seen[0]::toString);
  }

  @Test
  void anExceptionThatUserCodeHoldsLockedHoldsNothingUp() throws InterruptedException {
    IllegalStateException first = new IllegalStateException("first");
    CountDownLatch holds = new CountDownLatch(1);
    Thread holder =
        Thread.ofPlatform()
            .daemon()
            .unstarted(() -> {
              synchronized (first) {
                holds.countDown();
                holdFor300Milliseconds();
              }
            });
    Exit exit =
        host.run(
            config,
            app ->
                app.service(
                    "a",
                    new Fixture("a", host, journal) {
                      @Override
                      public void run(Context ctx) {
                        throw first;
                      }

                      @Override
                      public void stop(Context ctx) throws Exception {
                        holder.start();
                        holds.await();
                        throw new IllegalStateException("later");
                      }
                    }));
    holder.join();
    assertEquals(2, exit.failures().size());
  }

  private static void holdFor300Milliseconds() {
    long until = System.nanoTime() + Duration.ofMillis(300).toNanos();
    while (System.nanoTime() - until < 0) {
      LockSupport.parkNanos(until - System.nanoTime());
    }
  }

  @Test
  void aListenerThatLeavesAnInterruptBehindIsToldTheRest() {
    Exit exit =
        host.run(
            config,
            app -> {
              app.onStateChange(journal);
              app.onStateChange(change -> Thread.currentThread().interrupt());
              app.main("m", ctx -> {});
            });
    assertEquals(6, journal.lines().size());
    assertEquals(Outcome.CLEAN, exit.outcome());
  }

  @Test
  void aThreadOfItsOwnThatIsStartedAsTheServiceClosesIsWaitedFor() {
    for (int i = 0; i < 50; i++) {
      java.util.concurrent.atomic.AtomicInteger running =
          new java.util.concurrent.atomic.AtomicInteger();
      new FakeHost()
          .run(
              config,
              app ->
                  app.main(
                      "m",
                      ctx -> {
                        running.incrementAndGet();
                        ctx.threads().start("late", own -> running.decrementAndGet());
                      }));
      assertEquals(0, running.get());
    }
  }
}
