package dev.srun;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A service is warmed up where that is asked for, and never at the cost of a start. */
final class WarmUpTest {
  private final FakeHost host = new FakeHost().keepsLog();
  private final Journal journal = new Journal();
  private final Config config = Config.named("test").warmUp(WarmUp.ALWAYS);
  private final AtomicReference<Program> program = new AtomicReference<>();

  /** A service that notes its warm-up, and does then what the test says. */
  private class Warmed extends Fixture implements WarmedUp {
    private final Task warmUp;

    Warmed(String name, Task warmUp) {
      super(name, WarmUpTest.this.host, WarmUpTest.this.journal);
      this.warmUp = warmUp;
    }

    @Override
    public void warmUp(Context ctx) throws Exception {
      note("warm-up");
      warmUp.run(ctx);
    }
  }

  private Warmed warmed(String name) {
    return warmed(name, ctx -> {});
  }

  private Warmed warmed(String name, Task warmUp) {
    return new Warmed(name, warmUp);
  }

  private Fixture fixture(String name) {
    return new Fixture(name, host, journal);
  }

  private Exit run(Config how, Setup setup) {
    Program started = host.start(how, setup);
    program.set(started);
    host.drive(started);
    return started.exitOrNull();
  }

  private Exit runFor(Duration time, Setup setup) {
    host.signalAt(time, "TERM", 15);
    return run(config, setup);
  }

  private List<LogLine> said(String part) {
    return host.said().stream().filter(line -> line.message().contains(part)).toList();
  }

  private static void assertClean(Exit exit) {
    assertEquals(Outcome.CLEAN, exit.outcome());
    assertEquals(List.of(), exit.failures());
    assertEquals(List.of(), exit.stragglers());
  }

  // When

  @Test
  void aServiceIsWarmedUpWhenItIsReadyAndRunningAfterThat() {
    Exit exit =
        runFor(
            ofSeconds(9),
            app -> {
              app.onStateChange(journal);
              app.service("api", warmed("api", ctx -> host.sleep(ofSeconds(1))));
              app.service("next", fixture("next"));
            });

    List<String> lines = journal.lines();
    assertEquals(
        List.of("run api", "warm-up api", "api RUNNING", "next INITIATING"),
        lines.stream()
            .filter(line -> line.matches("(run|warm-up) api|api RUNNING|next INITIATING"))
            .toList());
    assertClean(exit);
  }

  @Test
  void itIsWarmedUpOnceHoweverOftenItIsReady() {
    runFor(
        ofSeconds(9),
        app -> {
          Warmed api = warmed("api", ctx -> host.sleep(ofSeconds(3)));
          host.at(ofSeconds(1), api::letRunReturn); // which says once more that it is ready
          app.service("api", api);
        });

    assertEquals(List.of("warm-up api"), journal.lines("warm-up"));
  }

  @Test
  void itIsCheckedForTheFirstTimeWhenItIsWarm() {
    final class Checked extends Fixture implements WarmedUp, HealthChecked {
      Checked() {
        super("api", WarmUpTest.this.host, WarmUpTest.this.journal);
      }

      @Override
      public void warmUp(Context ctx) throws InterruptedException {
        host.sleep(ofSeconds(1));
        note("warm");
      }

      @Override
      public Health check() {
        note("checked");
        return Health.healthy();
      }
    }
    runFor(ofSeconds(9), app -> app.service("api", new Checked()));

    assertEquals(
        List.of("init api", "run api", "warm api", "checked api", "stop api"), journal.lines());
  }

  private List<String> warmedUp(WarmUp when, Upgrades upgrades) {
    host.upgradedBy(upgrades);
    host.at(ofSeconds(1), () -> program.get().post(new Event.LetIn(new CompletableFuture<>())));
    host.at(ofSeconds(2), () -> program.get().post(Event.ExclusiveMayStart.MESSAGE));
    host.signalAt(ofSeconds(9), "TERM", 15);
    Exit exit =
        run(
            config.warmUp(when),
            app -> {
              app.service("api", warmed("api"));
              app.service("cron", warmed("cron")).exclusive();
            });
    assertClean(exit);
    return journal.lines("warm-up");
  }

  @ParameterizedTest
  @CsvSource({"UPGRADE, ''", "ALWAYS, 'warm-up api,warm-up cron'", "OFF, ''"})
  void aPlainStartIsLaterForItOnlyWhereThatIsWanted(WarmUp when, String expected) {
    assertEquals(expected, String.join(",", warmedUp(when, Upgrades.NONE)));
  }

  @ParameterizedTest
  @CsvSource({"UPGRADE, warm-up api", "ALWAYS, 'warm-up api,warm-up cron'", "OFF, ''"})
  void aProgramIsWarmWhenItTakesAnothersPlaceButNotWhatStartsAfterThat(
      WarmUp when, String expected) {
    assertEquals(expected, String.join(",", warmedUp(when, new Child())));
  }

  @Test
  void itIsLetInWhenItIsWarmAndNotBefore() {
    host.upgradedBy(new Child());
    host.signalAt(ofSeconds(9), "TERM", 15);
    run(
        config.warmUp(WarmUp.UPGRADE),
        app ->
            app.service(
                "api",
                warmed(
                    "api",
                    ctx -> {
                      host.sleep(ofSeconds(1));
                      journal.note("warm");
                    })));

    assertTrue(
        journal.lines().indexOf("warm") < journal.lines().indexOf("(is up)"),
        journal.lines()::toString);
  }

  // Its limit

  @Test
  void aWarmUpThatThrowsIsAWarningAndTheStartGoesOn() {
    Exit exit =
        runFor(
            ofSeconds(9),
            app -> {
              app.service(
                  "api",
                  warmed(
                      "api",
                      ctx -> {
                        throw new IllegalStateException("no such account");
                      }));
              app.service("next", fixture("next"));
            });

    assertClean(exit);
    assertEquals(0, exit.code());
    assertEquals(List.of("run next"), journal.lines("run").subList(1, 2));
    LogLine line = said("warm-up failed").getFirst();
    assertEquals(Level.WARNING, line.level());
    assertTrue(line.detail().text().contains("no such account"), line.detail().text());
  }

  @Test
  void anErrorDoesNotFailTheStartEither() {
    Exit exit =
        runFor(
            ofSeconds(9),
            app ->
                app.service(
                    "api",
                    warmed(
                        "api",
                        ctx -> {
                          throw new NoClassDefFoundError("gone");
                        })));

    assertClean(exit);
    assertEquals(1, said("is up").size());
  }

  @Test
  void anExceptionWhoseTextTakesForEverHoldsUpNoStart() {
    host.at(
        ofSeconds(1), () -> journal.note("at 1 " + program.get().status().service("api").state()));
    runFor(
        ofSeconds(9),
        app ->
            app.service(
                "api",
                warmed(
                    "api",
                    ctx -> {
                      throw new IllegalStateException() {
                        private static final long serialVersionUID = 1;

                        @Override
                        public String getMessage() {
                          host.hangAndSwallowInterrupts();
                          return "";
                        }
                      };
                    })));

    assertEquals(List.of("at 1 RUNNING"), journal.lines("at"));
  }

  @Test
  void atItsLimitItIsInterruptedAndTheStartGoesOn() {
    Exit exit =
        runFor(
            ofSeconds(20),
            app -> {
              app.service(
                  "api",
                  warmed(
                      "api",
                      ctx -> {
                        journal.note("has " + ctx.remaining());
                        try {
                          host.hang();
                        } finally {
                          journal.note("interrupted at " + host.elapsed());
                        }
                      }));
              app.service(
                  "next",
                  new Fixture("next", host, journal) {
                    @Override
                    public void init(Context ctx) {
                      journal.note("next at " + host.elapsed());
                    }
                  });
            });

    assertClean(exit);
    assertEquals(List.of("has PT5S"), journal.lines("has"));
    assertEquals(
        List.of("interrupted at PT5S", "next at PT5S"),
        journal.lines("at").stream().sorted().toList());
    assertEquals(
        List.of("warm-up of api took longer than 5s; the start goes on"),
        said("warm-up").stream()
            .filter(line -> line.level() == Level.WARNING)
            .map(LogLine::message)
            .toList());
  }

  @Test
  void whoeverRunsTheProgramSetsTheLimit() {
    host.set("SRUN_WARM_UP_TIMEOUT", "300ms");
    host.at(
        ofMillis(299),
        () -> journal.note("early " + program.get().status().service("api").state()));
    host.at(
        ofMillis(301), () -> journal.note("late " + program.get().status().service("api").state()));
    runFor(ofSeconds(9), app -> app.service("api", warmed("api", ctx -> host.hang())));

    assertEquals(List.of("early STARTING"), journal.lines("early"));
    assertEquals(List.of("late RUNNING"), journal.lines("late"));
  }

  @Test
  void theLimitIsOfTheThreadThatWarmsUpAlone() {
    runFor(
        ofSeconds(20),
        app ->
            app.service(
                "api",
                new ReadyAndBusy(ctx -> {
                  host.sleepThroughInterrupts(ofSeconds(6));
                  journal.note("warm-up has " + ctx.remaining().toSeconds());
                })));

    assertEquals(
        List.of("run has " + Settings.LONGEST.toSeconds(), "warm-up has 0"), journal.lines("has"));
  }

  /** Goes on in its run while it is warmed up. */
  private final class ReadyAndBusy implements Service, WarmedUp {
    private final Task warmUp;

    ReadyAndBusy(Task warmUp) {
      this.warmUp = warmUp;
    }

    @Override
    public void run(Context ctx) throws InterruptedException {
      ctx.ready();
      host.sleep(ofSeconds(1));
      journal.note("run has " + ctx.remaining().toSeconds());
      host.hang();
    }

    @Override
    public void warmUp(Context ctx) throws Exception {
      warmUp.run(ctx);
    }
  }

  // A stop

  @Test
  void aStopEndsItAtOnce() {
    Exit exit =
        runFor(
            ofSeconds(1),
            app ->
                app.service(
                    "api",
                    warmed(
                        "api",
                        ctx -> {
                          try {
                            host.hang();
                          } finally {
                            journal.note("interrupted at " + host.elapsed());
                          }
                        })));

    assertClean(exit);
    assertEquals(List.of("interrupted at PT1S"), journal.lines("at"));
    assertEquals(List.of("stop api"), journal.lines("stop"));
    assertEquals(Duration.ZERO, exit.stopTook());
    assertEquals(List.of(), said("is up"));
  }

  @Test
  void aRunThatFailsMeanwhileFailsTheStart() {
    Exit exit =
        run(
            config,
            app ->
                app.service(
                    "api",
                    new Warmed("api", ctx -> host.hang()) {
                      @Override
                      public void run(Context ctx) throws Exception {
                        ctx.ready();
                        host.sleep(ofSeconds(1));
                        throw new IllegalStateException("broken");
                      }
                    }));

    assertEquals("failed: api: run: java.lang.IllegalStateException: broken", "" + exit.cause());
    assertEquals(ofSeconds(1), host.elapsed());
  }

  @Test
  void oneThatIgnoresItsInterruptDelaysNothingAndIsNamedInTheEnd() {
    host.at(
        ofSeconds(6), () -> journal.note("at 6 " + program.get().status().service("api").state()));
    Exit exit =
        runFor(
            ofSeconds(9),
            app -> app.service("api", warmed("api", ctx -> host.hangAndSwallowInterrupts())));

    assertEquals(List.of("at 6 RUNNING"), journal.lines("at"));
    Straggler straggler = exit.stragglers().getFirst();
    assertEquals("api", straggler.service());
    assertEquals(Phase.WARM_UP, straggler.phase());
    assertTrue(straggler.leftBehind());
    assertEquals(StopSequence.AFTER_INTERRUPT, exit.stopTook());
  }

  @Test
  void oneThatGotNoProcessorBeforeTheStopIsNotCalledAnyMore() {
    host.at(ofSeconds(1), host::holdBackNewThreads);
    host.at(ofMillis(2_500), host::freezeSupervisor);
    Exit exit =
        runFor(
            ofSeconds(3),
            app ->
                app.service(
                    "api",
                    new Warmed("api", ctx -> {}) {
                      @Override
                      public void run(Context ctx) throws Exception {
                        host.sleep(ofSeconds(2));
                        super.run(ctx);
                      }
                    }));

    assertClean(exit);
    assertEquals(List.of("init api", "run api", "stop api"), journal.lines());
  }

  // What is known of it

  @Test
  void itIsAPhaseWithItsTimeBetweenReadyAndTheFirstCheck() {
    runFor(
        ofSeconds(9), app -> app.service("api", warmed("api", ctx -> host.sleep(ofMillis(1500)))));

    List<PhaseTime> phases = program.get().status().service("api").phases();
    assertEquals(
        List.of(Phase.INIT, Phase.RUN, Phase.READY, Phase.WARM_UP),
        phases.stream().map(PhaseTime::phase).limit(4).toList());
    assertEquals(Duration.ZERO, phases.get(2).took());
    assertEquals(ofMillis(1500), phases.get(3).took());
    assertEquals("warm-up", phases.get(3).phase().toString());
  }

  @Test
  void oneThatGoesOnIsAPhaseWithoutItsTime() {
    host.at(
        ofSeconds(6),
        () ->
            program.get().status().service("api").phases().stream()
                .filter(phase -> phase.phase() == Phase.WARM_UP)
                .forEach(phase -> assertNull(phase.took())));
    Exit exit =
        runFor(
            ofSeconds(9),
            app ->
                app.service(
                    "api", warmed("api", ctx -> host.sleepThroughInterrupts(ofSeconds(8)))));

    assertClean(exit);
    assertFalse(said("warm-up").isEmpty());
  }

  /** Takes another one's place; a test says when it is let in. */
  private final class Child implements Upgrades {
    @Override
    public boolean isOn() {
      return true;
    }

    @Override
    public boolean takesOver() {
      return true;
    }

    @Override
    public int generation() {
      return 2;
    }

    @Override
    public UpgradeFigures figures() {
      return UpgradeFigures.NONE;
    }

    @Override
    public CompletionStage<UpgradeOutcome> begin(String by) {
      return new CompletableFuture<>();
    }

    @Override
    public CompletionStage<UpgradeOutcome> refuse(String reason) {
      return begin(reason);
    }

    @Override
    public void isUp() {
      journal.note("(is up)");
    }

    @Override
    public void isComplete() {}

    @Override
    public void isStopping() {}

    @Override
    public void exclusiveStopped() {}
  }
}
