package dev.srun;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A service that does not implement stop, and what it has in flight. */
class DefaultStopTest {
  private final FakeHost host = new FakeHost();
  private final Journal journal = new Journal();
  private final Config config = Config.named("t").grace(ofSeconds(20));

  private void note(String what) {
    journal.note(what + " at " + host.elapsed().toMillis());
  }

  /** Works until it is told to stop, a job of so long after the other. */
  @SuppressWarnings("try") // the work is not looked at in the block
  private Task worker(Duration job) {
    return ctx -> {
      ctx.ready();
      try {
        while (!ctx.isStopping()) {
          try (Work work = ctx.work()) {
            host.sleep(job);
            note("done");
          }
        }
        note("returned");
      } catch (InterruptedException e) {
        note("interrupted");
        throw e;
      }
    };
  }

  private Exit stopAfter(Duration time, Setup setup) {
    return host.signalAt(time, "TERM", 15).run(config, setup);
  }

  @Test
  void whatIsInFlightIsFinishedBeforeRunIsInterrupted() {
    Exit exit = stopAfter(ofSeconds(5), app -> app.service("a", worker(ofSeconds(4))::run));

    assertEquals(List.of("done at 4000", "done at 8000", "returned at 8000"), journal.lines());
    assertEquals("exit 0 (clean): signal TERM", exit.toString());
    assertEquals(ofSeconds(3), exit.stopTook());
  }

  @Test
  void aLoopThatWaitsForWorkIsInterruptedAtOnce() {
    Exit exit =
        stopAfter(
            ofSeconds(1),
            app ->
                app.service(
                    "a",
                    ctx -> {
                      ctx.work().close();
                      ctx.ready();
                      host.hang();
                    }));

    assertEquals(Duration.ZERO, exit.stopTook());
    assertEquals(0, exit.code());
  }

  @Test
  void whatIsInFlightOnAnotherThreadIsFinishedThoughRunHasReturned() {
    Exit exit =
        stopAfter(
            ofSeconds(1),
            app ->
                app.service(
                    "a",
                    ctx -> {
                      Work work = ctx.work();
                      host.at(
                          ofSeconds(3),
                          () -> {
                            note("done");
                            work.close();
                            work.close(); // no second time
                          });
                      ctx.own(() -> note("closed"));
                    }));

    assertEquals(List.of("done at 3000", "closed at 3000"), journal.lines());
    assertEquals(0, exit.code());
  }

  @Test
  void workThatGoesOnIsCutOffInTimeAndCounted() {
    Exit exit =
        stopAfter(
            ofSeconds(1),
            app -> {
              app.service("before", new Fixture("before", host, journal));
              app.service(
                  "a",
                  ctx -> {
                    Work second = ctx.work();
                    host.at(Duration.ofMinutes(5), second::close);
                    worker(ofSeconds(100)).run(ctx);
                  });
            });

    // A fifth of the grace is the other service's, and a tenth of the rest for closing.
    assertEquals(List.of("interrupted at 17000"), journal.lines("interrupted"));
    assertEquals("exit 1 (failures, 2 pieces of work cut off): signal TERM", exit.toString());
    CutOffException error = (CutOffException) exit.failures().getFirst().error();
    assertEquals(2, error.count());
    assertEquals("pieces of work", error.what());
    assertEquals(List.of("stop before"), journal.lines("stop"));
    assertEquals(List.of(), exit.stragglers());
  }

  @Test
  void theLastServiceMayTakeWhatIsLeftButATenth() {
    Exit exit = stopAfter(ofSeconds(1), app -> app.service("a", worker(ofSeconds(100))::run));

    assertEquals(List.of("interrupted at 20000"), journal.lines("interrupted"));
    assertEquals(1, exit.code());
  }

  @Test
  void itsOwnStopLimitHoldsForWhatIsInFlight() {
    Exit exit =
        stopAfter(
            ofSeconds(1),
            app -> app.service("a", worker(ofSeconds(100))::run).stopTimeout(ofSeconds(2)));

    assertEquals(List.of("interrupted at 2800"), journal.lines("interrupted"));
    assertEquals("exit 1 (failures, 1 pieces of work cut off): signal TERM", exit.toString());
  }

  @Test
  void aSecondSignalCutsItOff() {
    host.signalAt(ofSeconds(3), "TERM", 15);
    Exit exit = stopAfter(ofSeconds(1), app -> app.service("a", worker(ofSeconds(100))::run));

    assertEquals(List.of("interrupted at 3000"), journal.lines("interrupted"));
    assertEquals("exit 3 (forced, 1 pieces of work cut off): signal TERM", exit.toString());
  }

  @Test
  void otherServicesAreStoppedWhenItIsFinished() {
    stopAfter(
        ofSeconds(1),
        app -> {
          app.service(
              "first",
              new Fixture("first", host, journal) {
                @Override
                public void stop(Context ctx) {
                  DefaultStopTest.this.note("stop first");
                  letRunReturn();
                }
              });
          app.service("a", worker(ofSeconds(3))::run);
        });

    assertEquals(
        List.of("done at 3000", "returned at 3000", "stop first at 3000"),
        journal.lines().stream().filter(line -> line.contains(" at ")).toList());
  }

  // What others have cut off

  @Test
  void whatAServerOfAnotherLibraryHasCutOffIsCounted() {
    Exit exit =
        stopAfter(
            ofSeconds(1),
            app ->
                app.service(
                    "a",
                    new Service() {
                      @Override
                      public void run(Context ctx) {}

                      @Override
                      public void stop(Context ctx) {
                        ctx.cutOff("requests", 3);
                        ctx.cutOff("requests", 2);
                        ctx.cutOff("messages", 1);
                        ctx.cutOff("jobs", 0);
                        assertThrows(IllegalArgumentException.class, () -> ctx.cutOff("jobs", -1));
                      }
                    }));

    assertEquals(
        "exit 1 (failures, 5 requests cut off, 1 messages cut off): signal TERM", exit.toString());
  }

  // A run that is not ready yet

  @Test
  void aStartThatIsHalfWayIsInterruptedAndStopComesWhenItHasEnded() {
    Exit exit =
        stopAfter(
            ofSeconds(1),
            app ->
                app.service(
                    "a",
                    ctx -> {
                      note("start");
                      try {
                        host.sleep(Duration.ofMinutes(1));
                      } catch (InterruptedException e) {
                        note("interrupted");
                        host.sleep(ofSeconds(2)); // what it has begun to build
                        note("built");
                        throw e;
                      }
                    },
                    ctx -> note("stop")));

    assertEquals(
        List.of("start at 0", "interrupted at 1000", "built at 3000", "stop at 3000"),
        journal.lines());
    assertEquals("exit 0 (clean): signal TERM", exit.toString());
  }

  @Test
  void aStartThatDoesNotEndHasHalfOfTheTimeBeforeStopIsCalled() {
    Exit exit =
        stopAfter(
            ofSeconds(1),
            app ->
                app.service("a", ctx -> host.hangAndSwallowInterrupts(), ctx -> note("stop"))
                    .stopTimeout(ofSeconds(10)));

    assertEquals(List.of("stop at 5500"), journal.lines("stop"));
    assertEquals(3, exit.code());
    assertEquals(List.of("a"), exit.stragglers().stream().map(Straggler::service).toList());
  }

  @Test
  void aStopThatIsAskedForWhileRunIsBeingEnteredWaitsForItToo() {
    host.at(ofMillis(100), host::thawSupervisor);
    Exit exit =
        host.run(
            Config.named("t").grace(ofSeconds(20)),
            app ->
                app.service(
                    "a",
                    new Service() {
                      @Override
                      public void init(Context ctx) throws InterruptedException {
                        host.freezeSupervisor();
                        host.sleep(ofMillis(50)); // until it waits: it hears of the stop first
                        ctx.runner().stop("enough");
                      }

                      @Override
                      public void run(Context ctx) throws InterruptedException {
                        try {
                          host.sleep(ofSeconds(10));
                        } finally {
                          note("run ended");
                        }
                      }

                      @Override
                      public void stop(Context ctx) {
                        note("stop");
                      }
                    }));

    assertEquals(List.of("run ended at 100", "stop at 100"), journal.lines());
    assertEquals(0, exit.code());
  }

  private Exit stopOfAStart(Task start) {
    return stopAfter(
        ofSeconds(1),
        app ->
            app.service(
                "a",
                start,
                ctx -> {
                  throw new NullPointerException("server is null");
                }));
  }

  @Test
  void whatAStopThrowsAfterAnInterruptedStartIsAWarning() {
    host.keepsLog();

    Exit exit = stopOfAStart(ctx -> host.sleep(Duration.ofMinutes(1)));

    assertEquals("exit 0 (clean): signal TERM", exit.toString());
    assertEquals(
        List.of(
            "stop of a start that was interrupted, which may leave something: "
                + "java.lang.NullPointerException: server is null"),
        host.said().stream()
            .filter(line -> line.level() == System.Logger.Level.WARNING)
            .map(LogLine::text)
            .toList());
  }

  @Test
  void whatAStopThrowsAfterAStartThatReturnedInSpiteOfItsInterruptIsAFailure() {
    Exit exit =
        stopOfAStart(ctx -> {
          try {
            host.sleep(Duration.ofMinutes(1));
          } catch (InterruptedException e) {
            note("goes on");
          }
        });

    assertEquals(1, exit.code());
    assertEquals(List.of("goes on at 1000"), journal.lines());
  }

  @Test
  void whatHasStartedIsStoppedOnceAndStaysRunningUntilThen() {
    Exit exit =
        stopAfter(
            ofSeconds(1),
            app ->
                app.service(
                    "a",
                    ctx -> {
                      host.sleep(ofMillis(300));
                      note("started");
                    },
                    ctx -> note("stop")));

    assertEquals(List.of("started at 300", "stop at 1000"), journal.lines());
    assertEquals(0, exit.code());
  }

  @Test
  void aStartThatFailsFailsTheProgramAndStopIsCalledOnce() {
    Exit exit =
        stopAfter(
            ofSeconds(1),
            app ->
                app.service(
                    "a",
                    ctx -> {
                      throw new IllegalStateException("no port");
                    },
                    ctx -> note("stop")));

    assertEquals(List.of("stop at 0"), journal.lines());
    assertTrue(exit.cause() instanceof Cause.Failed);
  }

  @Test
  void oneThatIsReadyIsStoppedWithoutAnInterruptOfItsRun() {
    Exit exit =
        stopAfter(
            ofSeconds(1),
            app ->
                app.service(
                    "a",
                    new Fixture("a", host, journal) {
                      @Override
                      public void run(Context ctx) throws Exception {
                        runUntilStopped(ctx);
                        DefaultStopTest.this.note("returned");
                      }
                    }));

    assertEquals(List.of("init a", "stop a", "returned at 1000"), journal.lines());
    assertEquals(0, exit.code());
  }
}
