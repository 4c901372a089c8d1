package dev.srun;

import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an upgrade means for a program, on either side of it. */
final class UpgradeLifecycleTest {
  private final FakeHost host = new FakeHost().keepsLog();
  private final Journal journal = new Journal();
  private final Config config = Config.named("test").grace(ofSeconds(10)).drain(ofSeconds(5));
  private final AtomicReference<Program> program = new AtomicReference<>();

  /** Notes what it is told. */
  private class Told implements Upgrades {
    private final boolean takesOver;
    private final AtomicReference<UpgradeFigures> figures =
        new AtomicReference<>(UpgradeFigures.NONE);

    Told(boolean takesOver) {
      this.takesOver = takesOver;
    }

    @Override
    public boolean isOn() {
      return true;
    }

    @Override
    public boolean takesOver() {
      return takesOver;
    }

    @Override
    public int generation() {
      return takesOver ? 7 : 1;
    }

    @Override
    public UpgradeFigures figures() {
      return figures.get();
    }

    @Override
    public CompletionStage<UpgradeOutcome> begin(String by) {
      journal.note("upgrade by " + by);
      return new CompletableFuture<>();
    }

    @Override
    public CompletionStage<UpgradeOutcome> refuse(String reason) {
      journal.note("refused: " + reason);
      return CompletableFuture.completedFuture(new UpgradeOutcome.Refused(reason));
    }

    @Override
    public void isUp() {
      journal.note("(is up)");
    }

    @Override
    public void isComplete() {
      journal.note("(is complete)");
    }

    @Override
    public void isStopping() {
      journal.note("(is stopping)");
    }

    @Override
    public void exclusiveStopped() {
      journal.note("(exclusive stopped)");
    }
  }

  private Fixture fixture(String name) {
    return new Fixture(name, host, journal);
  }

  private Exit run(Setup setup) {
    Program started = host.start(config, setup);
    program.set(started);
    host.drive(started);
    return started.exitOrNull();
  }

  private Program program() {
    return program.get();
  }

  private final AtomicBoolean readyWhenLetIn = new AtomicBoolean();
  private final List<CompletableFuture<Boolean>> allHandled = new ArrayList<>();
  private final AtomicLong changesWhenLetIn = new AtomicLong();

  private UpgraderScript parent() {
    host.upgradedBy(new Told(false));
    return new UpgraderScript();
  }

  private UpgraderScript child() {
    host.upgradedBy(new Told(true));
    return new UpgraderScript();
  }

  /** What the upgrader says, and when. */
  private final class UpgraderScript {
    UpgraderScript letInAt(int second) {
      CompletableFuture<Boolean> handled = new CompletableFuture<>();
      allHandled.add(
          handled.thenApply(isReady -> {
            readyWhenLetIn.set(program().isReady());
            changesWhenLetIn.set(program().changes());
            return isReady;
          }));
      host.at(ofSeconds(second), () -> program().post(new Event.LetIn(handled)));
      return this;
    }

    UpgraderScript exclusiveAt(int second) {
      host.at(ofSeconds(second), () -> program().post(Event.ExclusiveMayStart.MESSAGE));
      return this;
    }

    UpgraderScript at(int second, Runnable what) {
      host.at(ofSeconds(second), what);
      return this;
    }

    UpgraderScript signalAt(int second, String name, int number) {
      host.signalAt(ofSeconds(second), name, number);
      return this;
    }
  }

  // A program that may be upgraded

  @Test
  void hangUpUpgradesAndDoesNotStop() {
    parent().signalAt(1, "HUP", 1).signalAt(2, "TERM", 15);
    Exit exit = run(app -> app.service("a", fixture("a")));

    assertEquals(
        List.of("init a", "run a", "(is up)", "(is complete)", "upgrade by HUP", "(is stopping)"),
        calls());
    assertEquals(new Cause.Signalled("TERM", 15), exit.cause());
  }

  @Test
  void theNumberOfChangesIsOddInTheMiddleOfOneAndAnotherAfterIt() {
    AtomicLong later = new AtomicLong();
    AtomicLong last = new AtomicLong();
    child()
        .letInAt(1)
        .at(
            2,
            () -> {
              later.set(program().changes());
              program().post(Event.Ping.MESSAGE);
            })
        .at(3, () -> last.set(program().changes()))
        .signalAt(4, "TERM", 15);
    run(app -> app.service("a", fixture("a")));

    assertEquals(1, changesWhenLetIn.get() % 2);
    assertEquals(0, later.get() % 2);
    assertTrue(later.get() > changesWhenLetIn.get());
    assertEquals(later.get() + 2, last.get());
  }

  @Test
  void withoutUpgradesHangUpStops() {
    host.signalAt(ofSeconds(1), "HUP", 1);

    assertEquals(new Cause.Signalled("HUP", 1), run(app -> app.service("a", fixture("a"))).cause());
  }

  @ParameterizedTest
  @CsvSource({"true, true, HUP", "true, false, TERM", "false, false, TERM"})
  void hangUpOfATerminalThatIsGoneStops(boolean had, boolean loses, String cause) {
    if (had) {
      host.withTerminal();
    }
    parent()
        .at(
            1,
            () -> {
              if (loses) {
                host.loseTerminal();
              }
            })
        .signalAt(2, "HUP", 1)
        .signalAt(3, "TERM", 15);
    Exit exit = run(app -> app.service("a", fixture("a")));

    assertEquals(cause, assertInstanceOf(Cause.Signalled.class, exit.cause()).signal());
    assertEquals(cause.equals("HUP") ? 0 : 1, journal.lines("upgrade").size());
  }

  @Test
  void itIsRefusedWhileTheProgramStarts() {
    parent().signalAt(1, "HUP", 1).signalAt(5, "TERM", 15);
    run(app -> {
      app.service("a", slowToStart("a"));
      app.service("b", fixture("b"));
    });

    assertEquals(List.of("refused: the program is still starting"), journal.lines("refused:"));
  }

  private Fixture slowToStart(String name) {
    return new Fixture(name, host, journal) {
      @Override
      public void init(Context ctx) throws Exception {
        host.sleep(ofSeconds(2));
        super.init(ctx);
      }
    };
  }

  @Test
  void itIsRefusedWhileTheProgramStops() {
    parent().signalAt(1, "TERM", 15).signalAt(2, "HUP", 1);
    Exit exit = run(app -> app.service("a", fixture("a")));

    assertEquals(List.of("refused: the program is stopping"), journal.lines("refused:"));
    assertEquals(new Cause.Signalled("TERM", 15), exit.cause());
    assertEquals(Outcome.CLEAN, exit.outcome());
  }

  @Test
  void aProgramThatIsReplacedEndsCleanlyAndWithoutADrain() {
    parent().at(1, () -> program().askToStop(new Cause.Upgraded(42, 2)));
    AtomicReference<String> stopped = new AtomicReference<>();
    Exit exit =
        run(app ->
            app.service(
                "a",
                new Fixture("a", host, journal) {
                  @Override
                  public void stop(Context ctx) throws Exception {
                    stopped.set(host.elapsed().toString());
                    super.stop(ctx);
                  }
                }));

    assertEquals("PT1S", stopped.get());
    assertEquals(0, exit.code());
    assertEquals("upgraded", exit.cause().kind());
    assertEquals(Outcome.CLEAN, exit.outcome());
  }

  @Test
  void aMainTaskThatIsReplacedIsNoFailure() {
    parent().at(1, () -> program().askToStop(new Cause.Upgraded(42, 2)));
    Exit exit = run(app -> app.main("m", ctx -> host.hang()));

    assertEquals(0, exit.code());
  }

  // Exclusive services

  @Test
  void thatNothingExclusiveRunsIsSaidWhenTheLastOfThemHasStopped() {
    parent().at(1, () -> program().askToStop(new Cause.Upgraded(42, 2)));
    run(app -> {
      app.service(
          "first",
          new Fixture("first", host, journal) {
            @Override
            public void stop(Context ctx) throws Exception {
              host.sleep(ofSeconds(1));
              note("stopped");
              letRunReturn();
            }
          });
      app.service("cron", fixture("cron")).exclusive();
      app.service("consumer", fixture("consumer")).exclusive();
      app.service("last", fixture("last"));
    });

    assertEquals(1, journal.lines("stopped)").size());
    List<String> lines = journal.lines();
    int told = lines.indexOf("(exclusive stopped)");
    assertTrue(told > lines.indexOf("stop consumer"), lines::toString);
    assertTrue(told > lines.indexOf("stop cron"), lines::toString);
    assertTrue(told < lines.indexOf("stopped first"), lines::toString);
  }

  @Test
  void thatIsNeverSaidWhereOneOfThemCouldNotBeStopped() {
    parent().at(1, () -> program().askToStop(new Cause.Upgraded(42, 2)));
    Exit exit =
        run(app ->
            app.service(
                    "cron",
                    new Fixture("cron", host, journal) {
                      @Override
                      public void run(Context ctx) {
                        ctx.ready();
                        host.hangAndSwallowInterrupts();
                      }

                      @Override
                      public void stop(Context ctx) {}
                    })
                .exclusive());

    assertEquals(Outcome.FORCED, exit.outcome());
    assertEquals(List.of(), journal.lines("stopped)"));
  }

  // A program that takes over

  private List<String> calls() {
    return journal.lines().stream()
        .filter(line -> !line.startsWith("stop ") && !line.startsWith("(ex"))
        .toList();
  }

  @Test
  void whatIsExclusiveAndWhatDependsOnItWaitsForTheOtherProgram() {
    AtomicBoolean readyAtTheGate = new AtomicBoolean(true);
    AtomicReference<ServiceState> withheld = new AtomicReference<>();
    List<Integer> generations = new ArrayList<>();
    child()
        .at(
            1,
            () -> {
              readyAtTheGate.set(program().isReady());
              generations.add(program().status().generation());
              journal.note("1 s");
            })
        .letInAt(2)
        .at(
            3,
            () -> {
              withheld.set(program().status().services().get(1).state());
              journal.note("3 s");
            })
        .exclusiveAt(4)
        .signalAt(5, "TERM", 15);
    Exit exit =
        run(app -> {
          app.service("a", fixture("a"));
          app.service("cron", fixture("cron")).exclusive();
          app.service("mails", fixture("mails")).dependsOn("cron");
          app.service("more", fixture("more")).dependsOn("mails");
          app.service("b", fixture("b"));
        });

    assertEquals(
        List.of(
            "init a",
            "run a",
            "init b",
            "run b",
            "(is up)",
            "1 s",
            "3 s",
            "init cron",
            "run cron",
            "init mails",
            "run mails",
            "init more",
            "run more",
            "(is complete)",
            "(is stopping)"),
        calls());
    assertEquals(
        List.of("stop b", "stop more", "stop mails", "stop cron", "stop a"), journal.lines("stop"));
    assertFalse(readyAtTheGate.get());
    assertTrue(readyWhenLetIn.get());
    assertEquals(ServiceState.STOPPED, withheld.get());
    assertEquals(List.of(7), generations);
    assertEquals(Outcome.CLEAN, exit.outcome());
  }

  @Test
  void whereNothingIsExclusiveItIsCompleteWhenItIsLetIn() {
    child().letInAt(2).exclusiveAt(3).signalAt(4, "TERM", 15);
    run(app -> app.service("a", fixture("a")));

    assertEquals(List.of("(is up)", "(is complete)"), journal.lines("(is").subList(0, 2));
    assertEquals(1, journal.lines("complete)").size());
  }

  @Test
  void whatIsReleasedAndFailsStopsTheProgram() {
    child().letInAt(1).exclusiveAt(2);
    Exit exit =
        run(app -> {
          app.service("a", fixture("a"));
          app.service(
                  "cron",
                  new Fixture("cron", host, journal) {
                    @Override
                    public void init(Context ctx) throws Exception {
                      throw new IllegalStateException("no timetable");
                    }
                  })
              .exclusive();
          app.service("b", fixture("b"));
        });

    assertEquals("cron", assertInstanceOf(Cause.Failed.class, exit.cause()).failure().service());
    assertEquals(List.of("stop b", "stop a"), journal.lines("stop"));
    assertEquals(List.of(), journal.lines("complete)"));
  }

  @Test
  void whatIsReleasedHasItsLimits() {
    child().letInAt(1).exclusiveAt(2);
    Exit exit =
        run(app ->
            app.service(
                    "cron",
                    new Fixture("cron", host, journal) {
                      @Override
                      public void init(Context ctx) throws Exception {
                        host.hang();
                      }
                    })
                .exclusive()
                .initTimeout(ofSeconds(3)));

    assertEquals(ofSeconds(2 + 3 + 5), host.elapsed()); // with the drain of a program that serves
    assertEquals(Phase.INIT, assertInstanceOf(Cause.Failed.class, exit.cause()).failure().phase());
  }

  @Test
  void aProgramThatIsStoppedAtTheGateRollsBackWithoutADrain() {
    child().signalAt(3, "TERM", 15).letInAt(4).exclusiveAt(4);
    Exit exit =
        run(app -> {
          app.service("a", fixture("a"));
          app.service("cron", fixture("cron")).exclusive();
          app.service("b", fixture("b"));
        });

    assertEquals(List.of("stop b", "stop a"), journal.lines("stop"));
    assertEquals(List.of(), journal.lines("cron"));
    assertEquals(ofSeconds(3), host.elapsed());
    assertEquals(Outcome.CLEAN, exit.outcome());
    assertEquals(1, journal.lines("stopping)").size());
  }

  @Test
  void aServiceThatFailsAtTheGateRollsBack() {
    child();
    Exit exit =
        run(app -> {
          app.service("a", fixture("a"));
          app.service(
              "b",
              new Fixture("b", host, journal) {
                @Override
                public void run(Context ctx) throws Exception {
                  ctx.ready();
                  host.sleep(ofSeconds(2));
                  throw new IllegalStateException("says the test");
                }
              });
        });

    assertEquals(Outcome.FAILURES, exit.outcome());
    assertEquals(List.of("stop b", "stop a"), journal.lines("stop"));
  }

  @Test
  void itIsNotReadyForConnectionsWhereItStopsBeforeItIsLetIn() throws Exception {
    child().signalAt(1, "TERM", 15).letInAt(2);
    run(app -> {
      app.service("a", fixture("a"));
      app.service(
          "slow",
          new Fixture("slow", host, journal) {
            @Override
            public void stop(Context ctx) throws Exception {
              host.sleep(ofSeconds(5));
              super.stop(ctx);
            }
          });
    });

    assertEquals(List.of(false), List.of(allHandled.getFirst().get()));
    assertEquals(List.of(), journal.lines("(is complete)"));
  }

  @Test
  void itIsNotUpgradedBeforeItIsLetIn() {
    child().signalAt(1, "HUP", 1).letInAt(2).signalAt(3, "HUP", 1).signalAt(4, "TERM", 15);
    run(app -> app.service("a", fixture("a")));

    assertEquals(List.of("refused: the program is still starting"), journal.lines("refused:"));
    assertEquals(List.of("upgrade by HUP"), journal.lines("upgrade"));
  }

  @Test
  void whatIsSaidTwiceOrTooEarlyChangesNothing() {
    child().letInAt(1).letInAt(2).exclusiveAt(3).exclusiveAt(4).signalAt(5, "TERM", 15);
    run(app -> {
      app.service("a", fixture("a"));
      app.service("cron", fixture("cron")).exclusive();
    });

    assertEquals(List.of("init cron"), journal.lines("init").subList(1, 2));
    assertEquals(2, journal.lines("init").size());
    assertEquals(1, journal.lines("complete)").size());
  }

  @Test
  void tasksThatAreWithheldKeepTheProgramFromCompleting() {
    child().letInAt(1).exclusiveAt(5);
    Exit exit =
        run(app -> {
          app.task("t", ctx -> journal.note("t ran"));
          app.task("once", ctx -> journal.note("once ran")).exclusive();
        });

    assertEquals(List.of("once ran"), journal.lines("once"));
    assertEquals(ofSeconds(5), host.elapsed());
    assertEquals(new Cause.Completed("once"), exit.cause());
  }
}
