package dev.srun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The promises of DESIGN "Run": what keeps a program up and what ends it. */
class RunTest {
  private final FakeHost host = new FakeHost();
  private final Journal journal = new Journal();
  private final Config config = Config.named("test");

  @Test
  void aServiceWhoseRunReturnsStaysRunningUntilItIsStopped() {
    host.signalAt(Duration.ofHours(1), "TERM", 15);
    Exit exit =
        host.run(
            config,
            app -> {
              app.onStateChange(journal);
              app.service("returns", ctx -> {});
            });
    assertEquals("returns RUNNING", journal.lines().get(3));
    assertEquals(Duration.ofHours(1), exit.uptime());
    assertEquals(0, exit.code());
  }

  @Test
  void aCompletedTaskStaysRunningAndIsStoppedInItsTurn() {
    host.signalAt(Duration.ofSeconds(9), "TERM", 15);
    host.run(
        config,
        app -> {
          app.onStateChange(journal);
          app.service("before", new Fixture("before", host, journal));
          app.task("done", ctx -> {});
          app.service("after", new Fixture("after", host, journal));
          host.at(Duration.ofSeconds(5), () -> journal.note("in between"));
        });
    List<String> moves =
        journal.lines().stream()
            .filter(line -> line.matches("(before|done|after) STOPPED|in between"))
            .toList();
    assertEquals(List.of("in between", "after STOPPED", "done STOPPED", "before STOPPED"), moves);
  }

  @Test
  void aMainTasksCompletionEndsTheProgram() {
    Exit exit =
        host.run(
            config,
            app -> {
              app.service("db", new Fixture("db", host, journal));
              app.main("cli", ctx -> host.sleep(Duration.ofSeconds(3)));
            });
    assertEquals(new Cause.Completed("cli"), exit.cause());
    assertEquals(Duration.ofSeconds(3), host.elapsed());
    assertEquals(List.of("init db", "run db", "stop db"), journal.lines());
    assertEquals(0, exit.code());
  }

  @Test
  void aProgramOfTasksOnlyEndsWhenTheLastIsCompleted() {
    Exit exit =
        host.run(
            config,
            app -> {
              app.init("config", ctx -> {});
              app.task("long", ctx -> host.sleep(Duration.ofSeconds(7)));
              app.task("short", ctx -> host.sleep(Duration.ofSeconds(2)));
            });
    assertEquals(new Cause.Completed("long"), exit.cause());
    assertEquals(Duration.ofSeconds(7), host.elapsed());
  }

  @Test
  void aServiceKeepsAProgramUpWhoseTasksAreCompleted() {
    host.signalAt(Duration.ofHours(2), "TERM", 15);
    Exit exit =
        host.run(
            config,
            app -> {
              app.service("s", ctx -> {});
              app.task("t", ctx -> {});
            });
    assertInstanceOf(Cause.Signalled.class, exit.cause());
  }

  @Test
  void aProgramWithNothingToRunEndsAtOnceAndClean() {
    Exit exit = host.run(config, app -> {});
    assertEquals(new Cause.Completed(""), exit.cause());
    assertEquals(0, exit.code());
  }

  @Test
  void aRunThatThrowsAnythingFailsTheProgramWhichStopsInOrder() {
    Exit exit =
        host.run(
            config,
            app -> {
              app.service("a", new Fixture("a", host, journal));
              app.service(
                  "b",
                  new Fixture("b", host, journal) {
                    @Override
                    public void run(Context ctx) throws Exception {
                      note("run");
                      ctx.ready();
                      host.sleep(Duration.ofSeconds(4));
                      throw new AssertionError("b broke");
                    }
                  });
              app.service("c", new Fixture("c", host, journal));
            });
    assertEquals(
        "b: run: java.lang.AssertionError: b broke",
        assertInstanceOf(Cause.Failed.class, exit.cause()).failure().toString());
    assertEquals(List.of("stop c", "stop b", "stop a"), journal.lines("stop"));
    assertEquals(1, exit.code());
  }

  @Test
  void aTaskThatThrowsFailsTheProgram() {
    Exit exit =
        host.run(
            config,
            app ->
                app.main(
                    "cli",
                    ctx -> {
                      throw new IllegalArgumentException("no such file");
                    }));
    assertEquals(1, exit.code());
  }

  @Test
  void whatEndsTheWaitOfARunInItsStopIsNoFailure() {
    host.signalAt(Duration.ofSeconds(1), "TERM", 15);
    Exit exit =
        host.run(
            config,
            app ->
                app.service(
                    "socket",
                    new Fixture("socket", host, journal) {
                      @Override
                      public void run(Context ctx) throws Exception {
                        runUntilStopped(ctx);
                        throw new java.net.SocketException("Socket closed");
                      }
                    }));
    assertEquals(new Cause.Signalled("TERM", 15), exit.cause());
    assertEquals(List.of(), exit.failures());
    assertEquals(0, exit.code());
  }

  @Test
  void aThrowInAThreadOfAServicesOwnScopeFailsTheProgram() {
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
                                  throw new IllegalStateException("worker broke");
                                })));
    Failure failure = assertInstanceOf(Cause.Failed.class, exit.cause()).failure();
    assertEquals("pool", failure.service());
    assertTrue(failure.stackTrace().contains("worker broke"));
  }

  @Test
  void theRunDeadlineEndsTheProgramAndItsServicesCleanly() {
    host.set("SRUN_DEADLINE_TIMEOUT", "90s");
    Exit exit = host.run(config, app -> app.service("s", new Fixture("s", host, journal)));
    assertEquals(new Cause.DeadlinePassed(Duration.ofSeconds(90)), exit.cause());
    assertEquals(Duration.ofSeconds(90), host.elapsed());
    assertEquals(List.of("stop s"), journal.lines("stop"));
    assertEquals(0, exit.code());
  }

  @Test
  void aRunDeadlineThatCutsOffAMainTaskIsABudgetExceeded() {
    Exit exit =
        host.run(
            config.deadline(Duration.ofSeconds(5)), app -> app.main("cli", ctx -> host.hang()));
    assertEquals(3, exit.code());
  }

  @Test
  void factsToldByAServiceStandInItsStatus() {
    Program program =
        host.start(
            config,
            app ->
                app.main(
                    "m",
                    ctx -> {
                      ctx.describe("url", "http://here");
                      ctx.describe("version", 1);
                      ctx.describe("version", 2);
                    }));
    host.drive(program);
    ServiceStatus status = program.status().services().getFirst();
    assertEquals(List.of("url", "version"), List.copyOf(status.facts().keySet()));
    assertEquals("2", status.facts().get("version"));
    assertTrue(status.completed());
  }

  @Test
  void aListenerThatThrowsIsToldTheNextChangeAllTheSame() {
    host.run(
        config,
        app -> {
          app.onStateChange(change -> {
            throw new IllegalStateException("deaf");
          });
          app.onStateChange(journal);
          app.main("m", ctx -> {});
        });
    assertEquals(6, journal.lines().size());
  }

  @Test
  void aListenerThatHangsIsLeftBehindAndNamed() {
    Exit exit =
        host.run(
            config.grace(Duration.ofSeconds(2)),
            app -> {
              app.onStateChange(change -> host.hangAndSwallowInterrupts());
              app.main("m", ctx -> {});
            });
    assertEquals(Duration.ofSeconds(2), host.elapsed());
    assertEquals("(state listeners)", exit.stragglers().getFirst().service());
  }
}
