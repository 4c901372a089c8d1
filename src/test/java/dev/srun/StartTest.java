package dev.srun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** The promises of DESIGN "Start": order, readiness, limits, roll-back. */
class StartTest {
  private final FakeHost host = new FakeHost();
  private final Journal journal = new Journal();
  private final Config config = Config.named("test");

  private Fixture fixture(String name) {
    return new Fixture(name, host, journal);
  }

  private static Failure failure(Exit exit) {
    return assertInstanceOf(Cause.Failed.class, exit.cause()).failure();
  }

  @Test
  void aServiceStartsWhenTheOneBeforeIsRunningAndStopsWhenTheOneAfterIsStopped() {
    host.signalAt(Duration.ofSeconds(1), "TERM", 15);
    Exit exit =
        host.run(
            config,
            app -> {
              app.onStateChange(journal);
              app.service("a", fixture("a"));
              app.service("b", fixture("b"));
            });
    assertEquals(
        List.of(
            "a INITIATING",
            "a INITIATED",
            "a STARTING",
            "a RUNNING",
            "b INITIATING",
            "b INITIATED",
            "b STARTING",
            "b RUNNING",
            "b SHUTTING_DOWN",
            "b STOPPED",
            "a SHUTTING_DOWN",
            "a STOPPED"),
        journal.lines().stream().filter(line -> line.matches("[ab] [A-Z_]+")).toList());
    assertEquals(
        List.of("init a", "run a", "init b", "run b", "stop b", "stop a"),
        journal.lines().stream().filter(line -> line.matches("[a-z]+ [ab]")).toList());
    assertEquals(new Cause.Signalled("TERM", 15), exit.cause());
    assertEquals(Outcome.CLEAN, exit.outcome());
    assertEquals(0, exit.code());
  }

  @Test
  void theSeedsThreeTasksOfOneSecondStartInOrderAndStopInReverse() {
    Exit exit =
        host.run(
            config,
            app -> {
              app.onStateChange(journal);
              for (String name : List.of("testing_1", "testing_2", "testing_3")) {
                app.task(name, ctx -> host.sleep(Duration.ofSeconds(1)));
              }
            });
    assertEquals(
        List.of(
            "testing_1 INITIATING",
            "testing_1 INITIATED",
            "testing_1 STARTING",
            "testing_1 RUNNING",
            "testing_2 INITIATING",
            "testing_2 INITIATED",
            "testing_2 STARTING",
            "testing_2 RUNNING",
            "testing_3 INITIATING",
            "testing_3 INITIATED",
            "testing_3 STARTING",
            "testing_3 RUNNING",
            "testing_3 SHUTTING_DOWN",
            "testing_3 STOPPED",
            "testing_2 SHUTTING_DOWN",
            "testing_2 STOPPED",
            "testing_1 SHUTTING_DOWN",
            "testing_1 STOPPED"),
        journal.lines());
    assertInstanceOf(Cause.Completed.class, exit.cause());
    assertEquals(Duration.ofSeconds(1), host.elapsed());
  }

  @Test
  void aRunThatGoesOnIsRunningOnceItSaysSoAndNotBefore() {
    host.signalAt(Duration.ofSeconds(9), "TERM", 15);
    host.run(
        config,
        app -> {
          app.onStateChange(journal);
          app.service(
              "slow",
              ctx -> {
                host.sleep(Duration.ofSeconds(5));
                journal.note("says ready");
                ctx.ready();
                host.hang();
              });
          app.service("next", fixture("next"));
        });
    assertEquals(
        List.of("slow STARTING", "says ready", "slow RUNNING", "next INITIATING"),
        journal.lines().stream()
            .filter(line -> line.matches("slow (STARTING|RUNNING)|says ready|next INITIATING"))
            .toList());
  }

  @Test
  void anImplementedReadyDecidesAloneWhenTheServiceIsRunning() {
    host.signalAt(Duration.ofSeconds(9), "TERM", 15);
    host.run(
        config,
        app -> {
          app.onStateChange(journal);
          app.service(
              "probed",
              new Service() {
                @Override
                public void run(Context ctx) {
                  ctx.ready();
                  journal.note("run returned");
                }

                @Override
                public void ready(Context ctx) throws Exception {
                  ctx.awaitReady();
                  host.sleep(Duration.ofSeconds(3));
                  journal.note("probe succeeded");
                }
              });
        });
    List<String> lines = journal.lines();
    assertTrue(lines.indexOf("run returned") < lines.indexOf("probe succeeded"));
    assertTrue(lines.indexOf("probe succeeded") < lines.indexOf("probed RUNNING"));
  }

  @Test
  void whatAPhaseWroteIsVisibleToLaterPhasesAndServices() {
    int[] plain = new int[1];
    host.run(
        config,
        app -> {
          app.init("first", ctx -> plain[0] = 1);
          app.service(
              "second",
              new Service() {
                @Override
                public void init(Context ctx) {
                  assertEquals(1, plain[0]);
                  plain[0] = 2;
                }

                @Override
                public void run(Context ctx) {
                  assertEquals(2, plain[0]);
                  plain[0] = 3;
                }

                @Override
                public void stop(Context ctx) {
                  assertEquals(3, plain[0]);
                }
              });
          app.main("third", ctx -> assertEquals(3, plain[0]));
        });
  }

  @Test
  void initHasALimitAndTheFailureNamesServicePhaseLimitAndPlace() {
    Exit exit =
        host.run(
            config.initTimeout(Duration.ofSeconds(3)), app -> app.init("late", ctx -> host.hang()));
    Failure failure = failure(exit);
    assertEquals("late", failure.service());
    assertEquals(Phase.INIT, failure.phase());
    assertInstanceOf(TimeoutException.class, failure.error());
    assertEquals("init of late took longer than 3s", failure.error().getMessage());
    assertTrue(failure.stackTrace().contains("FakeHost.hang"), failure.stackTrace());
    assertEquals(Duration.ofSeconds(3), host.elapsed());
    assertEquals(1, exit.code());
  }

  @Test
  void aServicesOwnLimitGoesBeforeThePrograms() {
    host.run(
        config, app -> app.init("late", ctx -> host.hang()).initTimeout(Duration.ofMillis(250)));
    assertEquals(Duration.ofMillis(250), host.elapsed());
  }

  @Test
  void aRunThatNeverSaysReadyFailsTheStartAndTheMessageSaysWhatWasMissing() {
    Exit exit = host.run(config, app -> app.service("mute", ctx -> host.hang()));
    Failure failure = failure(exit);
    assertEquals(Phase.READY, failure.phase());
    assertEquals(
        "mute was not ready after 1m: its run neither returned nor called ctx.ready()",
        failure.error().getMessage());
    assertEquals(Duration.ofMinutes(1), host.elapsed());
  }

  @Test
  void aFailedStartStopsExactlyWhatHadStartedInReverse() {
    Exit exit =
        host.run(
            config,
            app -> {
              app.service("a", fixture("a"));
              app.service("b", fixture("b"));
              app.service(
                  "c",
                  new Fixture("c", host, journal) {
                    @Override
                    public void init(Context ctx) throws Exception {
                      note("init");
                      throw new IllegalStateException("no c");
                    }
                  });
              app.service("d", fixture("d"));
            });
    assertEquals(
        List.of("init a", "run a", "init b", "run b", "init c", "stop b", "stop a"),
        journal.lines());
    assertEquals("c: init: java.lang.IllegalStateException: no c", failure(exit).toString());
    assertEquals(Outcome.FAILURES, exit.outcome());
    assertEquals(1, exit.code());
  }

  @Test
  void aServiceWhoseRunWasEnteredIsStoppedWhenItsReadyFails() {
    host.run(
        config,
        app ->
            app.service(
                "a",
                new Fixture("a", host, journal) {
                  @Override
                  public void ready(Context ctx) {
                    throw new IllegalStateException("never");
                  }
                }));
    assertEquals(1, journal.lines("stop").size());
  }

  @Test
  void aHalfStartedServiceIsInterruptedAndWhatItOwnsIsClosedAfterHalfASecond() {
    host.signalAt(Duration.ofSeconds(2), "TERM", 15);
    Exit exit =
        host.run(
            config,
            app -> {
              app.service("a", fixture("a"));
              app.init(
                  "stuck",
                  ctx -> {
                    ctx.own(() -> journal.note("close stuck"));
                    host.hangAndSwallowInterrupts();
                  });
            });
    assertEquals(List.of("init a", "run a", "close stuck", "stop a"), journal.lines());
    assertEquals(Duration.ofMillis(2_500), host.elapsed());
    assertEquals(List.of("stuck"), exit.stragglers().stream().map(Straggler::service).toList());
    assertEquals(Phase.INIT, exit.stragglers().getFirst().phase());
    assertEquals(Outcome.FORCED, exit.outcome());
  }

  @Test
  void aSignalDuringStartEndsItAtOnce() {
    host.signalAt(Duration.ofSeconds(2), "TERM", 15);
    Exit exit =
        host.run(
            config,
            app -> {
              app.service("a", fixture("a"));
              app.init("slow", ctx -> host.hang());
              app.service("never", fixture("never"));
            });
    assertEquals(List.of("init a", "run a", "stop a"), journal.lines());
    assertEquals(Duration.ofSeconds(2), host.elapsed());
    assertEquals(0, exit.code());
    assertEquals(Outcome.CLEAN, exit.outcome());
  }

  @Test
  void membersOfAGroupStartSideBySide() {
    host.signalAt(Duration.ofSeconds(9), "TERM", 15);
    host.run(
        config,
        app -> {
          app.onStateChange(journal);
          app.group(group -> {
            group.init("x", ctx -> host.sleep(Duration.ofSeconds(2)));
            group.init("y", ctx -> host.sleep(Duration.ofSeconds(2)));
          });
          app.init("after", ctx -> assertEquals(Duration.ofSeconds(2), host.elapsed()));
        });
    assertEquals(List.of("x INITIATING", "y INITIATING"), journal.lines().subList(0, 2));
  }

  @Test
  void aMembersFailureInterruptsItsSiblingsStartAndAllAreRolledBackSideBySide() {
    Exit exit =
        host.run(
            config,
            app -> {
              app.service("before", fixture("before"));
              app.group(group -> {
                group.init(
                    "fails",
                    ctx -> {
                      host.sleep(Duration.ofSeconds(1));
                      throw new IllegalStateException("no");
                    });
                group.init(
                    "sibling",
                    ctx -> {
                      try {
                        host.hang();
                      } catch (InterruptedException e) {
                        journal.note("sibling interrupted");
                        throw e;
                      }
                    });
                group.service("up", fixture("up"));
              });
            });
    assertEquals(Duration.ofSeconds(1), host.elapsed());
    assertEquals("stop before", journal.lines().getLast());
    assertTrue(journal.lines().contains("sibling interrupted"));
    assertTrue(journal.lines().contains("stop up"));
    assertEquals(1, exit.failures().size());
  }

  @Test
  void aRollBackHasAGraceOfItsOwn() {
    Exit exit =
        host.run(
            config.grace(Duration.ofSeconds(10)),
            app -> {
              app.service(
                  "slow to stop",
                  new Fixture("a", host, journal) {
                    @Override
                    public void stop(Context ctx) throws Exception {
                      host.sleep(Duration.ofSeconds(9));
                      letRunReturn();
                    }
                  });
              app.init("late", ctx -> host.hang());
            });
    assertEquals(Duration.ofSeconds(69), host.elapsed());
    assertEquals(Outcome.FAILURES, exit.outcome());
  }

  @Test
  void remainingTellsWhatIsLeftOfTheCurrentLimit() {
    host.run(
        config.grace(Duration.ofSeconds(8)).initTimeout(Duration.ofSeconds(5)),
        app -> {
          app.service(
              "a",
              new Service() {
                @Override
                public void init(Context ctx) throws Exception {
                  host.sleep(Duration.ofSeconds(2));
                  journal.note("init " + ctx.remaining());
                }

                @Override
                public void run(Context ctx) {}

                @Override
                public void stop(Context ctx) {
                  journal.note("stop " + ctx.remaining());
                }
              });
          app.main("m", ctx -> {});
        });
    assertEquals(List.of("init PT3S", "stop PT7.2S"), journal.lines());
  }

  @Test
  void aStartThatIsOverIsReadyAndAStopIsNot() {
    Program program =
        host.start(
            config,
            app -> {
              app.service("a", fixture("a"));
              app.task(
                  "asks",
                  ctx -> {
                    host.sleep(Duration.ofSeconds(1));
                    journal.note("ready " + ctx.runner().status().ready());
                    ctx.runner().stop("enough");
                    journal.note("ready " + ctx.runner().status().ready());
                  });
            });
    host.drive(program);
    assertFalse(program.status().ready());
    assertEquals(List.of("ready true", "ready false"), journal.lines("ready"));
    assertEquals(new Cause.Asked("enough"), program.status().stopping());
  }

  @Test
  void readySaidByAThreadThatInitStartedCountsThoughInitHasNotReturned() {
    host.signalAt(Duration.ofSeconds(1), "TERM", 15);
    Exit exit =
        host.run(
            config,
            app ->
                app.service(
                    "early",
                    new Fixture("early", host, journal) {
                      @Override
                      public void init(Context ctx) {
                        ctx.ready();
                      }

                      @Override
                      public void run(Context ctx) throws Exception {
                        runUntilStopped(ctx);
                      }
                    }));
    assertEquals(new Cause.Signalled("TERM", 15), exit.cause());
    assertEquals(Duration.ofSeconds(1), host.elapsed());
  }

  @Test
  void anInterruptThatInitLeftBehindDoesNotReachRun() {
    Exit exit =
        host.run(
            config,
            app ->
                app.service(
                    "careless",
                    new Service() {
                      @Override
                      public void init(Context ctx) {
                        Thread.currentThread().interrupt();
                      }

                      @Override
                      public void run(Context ctx) {
                        journal.note("interrupted " + Thread.currentThread().isInterrupted());
                        ctx.runner().stop("seen");
                      }
                    }));
    assertEquals(List.of("interrupted false"), journal.lines());
    assertEquals(0, exit.code());
  }

  @Test
  void aGroupMemberIsNotRegisteredWithTheProgram() {
    Exit exit =
        host.run(
            config,
            app ->
                app.group(group -> {
                  group.init("a", ctx -> {});
                  app.init("b", ctx -> {});
                }));
    assertTrue(exit.cause().toString().contains("'b'"), exit::toString);
    assertEquals(Phase.SETUP, failure(exit).phase());
  }

  @Test
  void aGroupThatFailedIsNotThereToDependOn() {
    Exit exit =
        host.run(
            config,
            app -> {
              try {
                app.group(group -> {
                  group.init("member", ctx -> {});
                  throw new IllegalStateException("half a group");
                });
              } catch (IllegalStateException e) {
                app.init("next", ctx -> {}).dependsOn("member");
              }
            });
    assertInstanceOf(Cause.Misconfigured.class, exit.cause());
  }
}
