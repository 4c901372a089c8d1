package dev.srun;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What comes between the end of readiness, which is at 1 s here, and the first stop. */
final class DrainPhaseTest {
  private static final String FULL_DRAIN = "PT21S";

  private final FakeHost host = new FakeHost();
  private final Journal journal = new Journal();
  private final Config config = Config.named("test").grace(ofSeconds(30)).drain(ofSeconds(20));

  /** Notes when it is stopped; has its context asked for by what happens from outside. */
  private class Worker extends Fixture {
    private final String name;

    Worker(String name) {
      super(name, DrainPhaseTest.this.host, DrainPhaseTest.this.journal);
      this.name = name;
    }

    @Override
    public void init(Context ctx) throws Exception {}

    @Override
    public void run(Context ctx) throws Exception {
      runUntilStopped(ctx);
    }

    @Override
    public void stop(Context ctx) {
      noteTime("stop " + name);
      letRunReturn();
    }
  }

  private void noteTime(String what) {
    journal.note(what + " at " + host.elapsed());
  }

  /** Begins and ends work at the given seconds, by turns. */
  private Fixture worksAt(double... seconds) {
    return new Worker("a") {
      @Override
      public void init(Context ctx) {
        for (int i = 0; i < seconds.length; i++) {
          Runnable change = i % 2 == 0 ? ctx::beginWork : ctx::endWork;
          host.at(ofMillis((long) (seconds[i] * 1_000)), change);
        }
      }
    };
  }

  private Fixture tells(String name, Task... onDrain) {
    return new Worker(name) {
      @Override
      public void init(Context ctx) {
        for (Task task : onDrain) {
          ctx.onDrain(task);
        }
      }
    };
  }

  private Exit run(Config with, Setup setup) {
    return host.signalAt(ofSeconds(1), "TERM", 15).run(with, setup);
  }

  private void assertStopsAt(String when, Config with, Fixture a) {
    Exit exit = run(with, app -> app.service("a", a));
    assertEquals(List.of("stop a at " + when), journal.lines("a"));
    assertEquals(Outcome.CLEAN, exit.outcome());
  }

  // When it ends

  @Test
  void itTakesItsWholeTimeWhetherOrNotThereIsWork() {
    assertStopsAt(FULL_DRAIN, config, worksAt(0.1, 0.2));
  }

  @Test
  void itTakesItsWholeTimeWhereAnotherServerListensThatSrunDoesNotKnow() {
    assertStopsAt(FULL_DRAIN, config, worksAt());
  }

  // When it does not happen

  @Test
  void itDoesNotHappenWhereNothingListensAndNoWorkWasEverCounted() {
    host.listensOnNothing();
    assertStopsAt("PT1S", config, worksAt());
  }

  @Test
  void itHappensWhereWorkWasEverCounted() {
    host.listensOnNothing();
    assertStopsAt(FULL_DRAIN, config, worksAt(0.1, 0.2));
  }

  @Test
  void itDoesNotHappenWhereAMainTaskHasEndedTheProgram() {
    host.run(
        config,
        app -> {
          app.service("a", new Worker("a"));
          app.main("m", ctx -> host.sleep(ofSeconds(2)));
        });
    assertEquals(List.of("stop a at PT2S"), journal.lines());
  }

  @Test
  void itDoesNotHappenWithoutSignals() {
    Program program = host.start(config.withoutSignals(), app -> app.service("a", new Worker("a")));
    host.at(ofSeconds(1), () -> program.stop("test"));
    host.drive(program);
    assertEquals(List.of("stop a at PT1S"), journal.lines());
  }

  @Test
  void itHappensWhereTheProgramFails() {
    host.run(
        config,
        app -> {
          app.service("a", new Worker("a"));
          app.task(
              "t",
              ctx -> {
                host.sleep(ofSeconds(1));
                throw new IllegalStateException("on purpose");
              });
        });
    assertEquals(List.of("stop a at " + FULL_DRAIN), journal.lines());
  }

  @Test
  void itIsPartOfTheGrace() {
    run(
        config.grace(ofSeconds(20)),
        app -> {
          app.service("a", new Worker("a"));
          app.service("b", new Worker("b"));
        });
    assertEquals(2, journal.lines(FULL_DRAIN).size());
    assertEquals(ofSeconds(21), host.elapsed());
  }

  @Test
  void workThatEndsWithoutHavingBegunIsRefusedAndChangesNothing() {
    Journal refusals = new Journal();
    assertStopsAt(
        FULL_DRAIN,
        config,
        new Worker("a") {
          @Override
          public void init(Context ctx) {
            refusals.note(assertThrows(IllegalStateException.class, ctx::endWork).getMessage());
          }
        });
    assertTrue(refusals.lines().getFirst().contains("nothing is in flight"));
  }

  @Test
  void workThatEndsTwiceIsRefused() {
    Journal refusals = new Journal();
    assertStopsAt(
        FULL_DRAIN,
        config,
        new Worker("a") {
          @Override
          public void init(Context ctx) {
            ctx.beginWork();
            ctx.endWork();
            refusals.note(assertThrows(IllegalStateException.class, ctx::endWork).getMessage());
          }
        });
    assertEquals(1, refusals.lines().size());
  }

  // Who waits for it

  @ParameterizedTest
  @CsvSource({"INT,2,true,PT1S", "INT,2,false,PT21S", "TERM,15,true,PT21S", "HUP,1,true,PT21S"})
  void onlyOneWhoSitsInFrontAndPressesCtrlCSkipsIt(
      String signal, int number, boolean terminal, String when) {
    if (terminal) {
      host.withTerminal();
    }
    host.signalAt(ofSeconds(1), signal, number)
        .run(config, app -> app.service("a", new Worker("a")));
    assertEquals(List.of("stop a at " + when), journal.lines());
  }

  @Test
  void oneWhoSkipsItIsNotTheSecondSignal() {
    Exit exit =
        host.withTerminal()
            .signalAt(ofSeconds(1), "INT", 2)
            .run(config, app -> app.service("a", new Worker("a")));
    assertEquals(Outcome.CLEAN, exit.outcome());
    assertEquals(0, exit.code());
  }

  @Test
  void anIntInADrainThatATermBeganIsTheSecondSignalWithATerminalToo() {
    host.withTerminal().signalAt(ofSeconds(5), "INT", 2);
    Exit exit = run(config, app -> app.service("a", new Worker("a")));
    assertEquals(List.of("stop a at PT5S"), journal.lines());
    assertEquals(3, exit.code());
  }

  // What is told that it begins

  @Test
  void whatIsToBeToldIsToldWhenItBeginsInOrder() {
    run(
        config.drain(ofSeconds(4)),
        app ->
            app.service(
                "a",
                tells(
                    "a",
                    ctx -> noteTime("first ready " + ctx.runner().status().ready()),
                    ctx -> noteTime("second"))));
    assertEquals(
        List.of("first ready false at PT1S", "second at PT1S", "stop a at PT5S"), journal.lines());
  }

  @Test
  void everyRunningServiceIsToldOnce() {
    run(
        config.drain(ofSeconds(4)),
        app -> {
          app.service("a", tells("a", ctx -> journal.note("tell a")));
          app.service("b", new Worker("b"));
          app.group(group -> group.service("c", tells("c", ctx -> journal.note("tell c"))));
        });
    assertEquals(List.of("tell a", "tell c"), journal.lines("tell").stream().sorted().toList());
    assertEquals(List.of("stop c at PT5S"), journal.lines().subList(2, 3));
  }

  @Test
  void itIsToldWhereTheDrainTakesNoTimeToo() {
    Exit exit =
        run(
            config.drain(Duration.ZERO),
            app -> app.service("a", tells("a", ctx -> noteTime("told"))));
    assertEquals(
        List.of("stop a at PT1S", "told at PT1S"), journal.lines().stream().sorted().toList());
    assertEquals(Outcome.CLEAN, exit.outcome());
  }

  @Test
  void itIsToldWhereSomebodyWaitsToo() {
    host.withTerminal()
        .signalAt(ofSeconds(1), "INT", 2)
        .run(config, app -> app.service("a", tells("a", ctx -> noteTime("told"))));
    assertEquals(List.of("told at PT1S"), journal.lines("told"));
  }

  @Test
  void aServiceThatIsNotRunningIsNotTold() {
    run(
        config,
        app ->
            app.service(
                "a",
                new Worker("a") {
                  @Override
                  public void init(Context ctx) throws Exception {
                    ctx.onDrain(own -> noteTime("told"));
                    host.hang();
                  }
                }));
    assertEquals(List.of(), journal.lines());
  }

  @Test
  void aThrowIsAFailureAndTheRestIsTold() {
    IllegalStateException error = new IllegalStateException("not told");
    IllegalStateException later = new IllegalStateException("nor this one");
    Exit exit =
        run(
            config.drain(ofSeconds(4)),
            app ->
                app.service(
                    "a",
                    tells(
                        "a",
                        ctx -> {
                          throw error;
                        },
                        ctx -> {
                          throw later;
                        },
                        ctx -> noteTime("told"))));
    assertEquals(List.of("told at PT1S", "stop a at PT5S"), journal.lines());
    assertEquals(1, exit.code());
    assertEquals(Outcome.FAILURES, exit.outcome());
    Failure failure = exit.failures().getFirst();
    assertEquals(Phase.DRAIN, failure.phase());
    assertEquals(error, failure.error());
    assertEquals(List.of(later), List.of(error.getSuppressed()));
    assertInstanceOf(Cause.Signalled.class, exit.cause());
  }

  @Test
  void aThrowThatComesAfterTheStopHasBegunIsAFailureAsWell() {
    Exit exit =
        run(
            config.drain(Duration.ZERO),
            app ->
                app.service(
                    "a",
                    tells(
                        "a",
                        ctx -> {
                          host.sleep(ofMillis(100));
                          throw new IllegalStateException("not told");
                        })));
    assertEquals(Phase.DRAIN, exit.failures().getFirst().phase());
    assertEquals(1, exit.code());
  }

  @Test
  void anErrorIsAFailureAndTheRestIsTold() {
    Exit exit =
        run(
            config.drain(ofSeconds(4)),
            app ->
                app.service(
                    "a",
                    tells(
                        "a",
                        ctx -> {
                          throw new AssertionError("not told");
                        },
                        ctx -> noteTime("told"))));
    assertEquals(1, exit.code());
    assertEquals(List.of("told at PT1S", "stop a at PT5S"), journal.lines());
  }

  @Test
  void oneThatHangsIsReportedAsDrainAndDoesNotHoldUpTheStop() {
    Exit exit =
        run(
            config.drain(ofSeconds(4)),
            app -> app.service("a", tells("a", ctx -> host.hangAndSwallowInterrupts())));
    assertEquals(List.of("stop a at PT5S"), journal.lines());
    Straggler straggler = exit.stragglers().getFirst();
    assertEquals(Phase.DRAIN, straggler.phase());
    assertTrue(straggler.toString().startsWith("a: still in drain after "), straggler.toString());
    assertEquals("a-drain", straggler.threads().getFirst().name());
    assertEquals(3, exit.code());
    assertEquals(ofMillis(31_300), host.elapsed());
  }

  @Test
  void oneThatTakesLongerThanTheDrainIsLetFinish() {
    Exit exit =
        run(
            config.drain(ofSeconds(4)),
            app ->
                app.service(
                    "a",
                    tells(
                        "a",
                        ctx -> {
                          host.sleep(ofSeconds(6));
                          noteTime("told");
                        })));
    assertEquals(List.of("stop a at PT5S", "told at PT7S"), journal.lines());
    assertEquals(Outcome.CLEAN, exit.outcome());
  }

  /** What a service without a stop of its own asks for is that its run is interrupted. */
  @Test
  void aStopThatIsNotImplementedInterruptsRunAndNotWhatIsTold() {
    Exit exit =
        run(
            config.drain(Duration.ZERO),
            app ->
                app.service(
                    "a",
                    ctx -> {
                      ctx.onDrain(own -> {
                        host.sleep(ofMillis(100));
                        noteTime("told");
                      });
                      ctx.ready();
                      host.hang();
                    }));
    assertEquals(List.of("told at PT1.1S"), journal.lines());
    assertEquals(Outcome.CLEAN, exit.outcome());
    assertEquals(0, exit.code());
  }

  // What comes late

  @Test
  void whatIsRegisteredInTheDrainIsCalledAtOnce() {
    run(
        config.drain(ofSeconds(3)),
        app ->
            app.service(
                "a",
                new Worker("a") {
                  @Override
                  public void init(Context ctx) {
                    host.at(ofSeconds(2), () -> ctx.onDrain(late -> noteTime("told")));
                    ctx.onDrain(draining -> ctx.onDrain(next -> noteTime("told within")));
                  }

                  @Override
                  public void stop(Context ctx) {
                    ctx.onDrain(late -> noteTime("told in the stop"));
                    super.stop(ctx);
                  }
                }));

    assertEquals(
        List.of("told within at PT1S", "told at PT2S", "told in the stop at PT4S"),
        journal.lines("told"));
  }

  @Test
  void whatIsRegisteredWhenTheServiceWasClosedIsRefused() {
    Context[] kept = new Context[1];
    Exit exit =
        run(
            config.drain(Duration.ZERO),
            app -> {
              app.own(() -> kept[0].onDrain(late -> noteTime("told")));
              app.service(
                  "a",
                  new Worker("a") {
                    @Override
                    public void init(Context ctx) {
                      kept[0] = ctx;
                    }
                  });
            });

    assertEquals(
        "a was closed; it is not told any more that the program drains",
        exit.failures().getFirst().error().getMessage());
    assertEquals(List.of(), journal.lines("told"));
  }
}
