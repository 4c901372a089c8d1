package dev.srun;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The promise that a program goes on and ends although no virtual thread gets a processor. */
final class TakeOverTest {
  private static final List<String> ALL_STOPPED_ONCE = List.of("stop c", "stop b", "stop a");

  private final FakeHost host = new FakeHost();
  private final Journal journal = new Journal();
  private final Journal kinds = new Journal();
  private final Config config = Config.named("test").grace(ofSeconds(10));

  /** Notes on which kind of thread each of its phases runs, and takes its time for them. */
  private class Seen extends Fixture {
    private final String name;
    private final Duration inInit;
    private final Duration inStop;

    Seen(String name, Duration inInit, Duration inStop) {
      super(name, TakeOverTest.this.host, TakeOverTest.this.journal);
      this.name = name;
      this.inInit = inInit;
      this.inStop = inStop;
    }

    final void kind(String verb) {
      boolean virtual = Thread.currentThread().isVirtual();
      kinds.note(verb + " " + name + (virtual ? " virtual" : " platform"));
    }

    @Override
    public void init(Context ctx) throws Exception {
      kind("init");
      super.init(ctx);
      pause(inInit);
    }

    @Override
    public void run(Context ctx) throws Exception {
      kind("run");
      super.run(ctx);
    }

    @Override
    public void stop(Context ctx) throws Exception {
      kind("stop");
      note("stop");
      pause(inStop);
      letRunReturn();
    }

    private void pause(Duration time) throws InterruptedException {
      if (time.isPositive()) {
        host.sleep(time);
      }
    }
  }

  private Fixture seen(String name) {
    return new Seen(name, Duration.ZERO, Duration.ZERO);
  }

  private Fixture slowToStop(String name, Duration time) {
    return new Seen(name, Duration.ZERO, time);
  }

  /** Its stop returns, and its run goes on for ever. */
  private Fixture runsForEver(String name) {
    return new Seen(name, Duration.ZERO, Duration.ZERO) {
      @Override
      public void run(Context ctx) {
        note("run");
        ctx.ready();
        host.hangAndSwallowInterrupts();
        note("run at last ended");
      }
    };
  }

  /** Its stop hangs until it is interrupted, and notes when that is. */
  private Fixture hangsInStop(String name) {
    return new Seen(name, Duration.ZERO, Duration.ZERO) {
      @Override
      public void stop(Context ctx) throws Exception {
        note("stop");
        try {
          host.hang();
        } finally {
          letRunReturn();
          note("interrupted at " + host.elapsed() + " stop");
        }
      }
    };
  }

  private Setup abc(Fixture c) {
    return app -> {
      app.service("a", seen("a"));
      app.service("b", seen("b"));
      app.service("c", c);
    };
  }

  private static List<String> stragglers(Exit exit) {
    return exit.stragglers().stream().map(Straggler::service).toList();
  }

  private void freezeAt(Duration time) {
    host.at(time, host::freezeSupervisor);
  }

  // Where it was taken from

  @Test
  void beforeTheFirstInitEndsTheStartGoesOnWithPlatformThreads() {
    freezeAt(ofSeconds(1));
    host.signalAt(ofSeconds(10), "TERM", 15);
    Exit exit =
        host.run(
            config,
            app -> {
              app.service("a", new Seen("a", ofMillis(1_500), Duration.ZERO));
              app.service("b", seen("b"));
            });
    assertEquals(
        List.of("init a", "run a", "init b", "run b", "stop b", "stop a"), journal.lines());
    assertEquals(
        List.of(
            "init a virtual",
            "run a virtual",
            "init b platform",
            "run b platform",
            "stop b platform",
            "stop a platform"),
        kinds.lines());
    assertEquals(0, exit.code());
    assertEquals(Outcome.CLEAN, exit.outcome());
    assertEquals(ofSeconds(10), host.elapsed());
  }

  @Test
  void whileUpTheStopThatIsAskedForBeginsHalfASecondLater() {
    freezeAt(ofSeconds(1));
    host.signalAt(ofMillis(3_050), "TERM", 15);
    Exit exit = host.run(config, abc(seen("c")));
    assertEquals(ALL_STOPPED_ONCE, journal.lines("stop"));
    assertEquals(
        List.of("stop c platform", "stop b platform", "stop a platform"), kinds.lines("platform"));
    assertEquals(new Cause.Signalled("TERM", 15), exit.cause());
    assertEquals(Outcome.CLEAN, exit.outcome());
    assertEquals(0, exit.code());
    assertEquals(ofMillis(3_550), host.elapsed());
    assertEquals(ofMillis(500), exit.stopTook());
  }

  @Test
  void whileUpNothingIsTakenOverThatHasNothingToDo() {
    freezeAt(ofSeconds(1));
    host.at(ofSeconds(50), host::thawSupervisor);
    host.signalAt(ofMillis(50_500), "TERM", 15);
    Exit exit = host.run(config, abc(seen("c")));
    assertEquals(List.of(), kinds.lines("platform"));
    assertEquals(0, exit.code());
  }

  @Test
  void inTheDrainTheDrainKeepsItsEnd() {
    host.signalAt(ofSeconds(1), "TERM", 15);
    freezeAt(ofSeconds(2));
    Exit exit = host.run(config.drain(ofSeconds(4)), abc(seen("c")));
    assertEquals(ALL_STOPPED_ONCE, journal.lines("stop"));
    assertEquals(3, kinds.lines("platform").size());
    assertEquals(ofSeconds(5), host.elapsed());
    assertEquals(0, exit.code());
  }

  @Test
  void inAStopWhatWasBegunGoesOnAndTheRestStopsOnPlatformThreads() {
    host.signalAt(ofSeconds(1), "TERM", 15);
    freezeAt(ofMillis(1_500));
    Exit exit = host.run(config, abc(slowToStop("c", ofSeconds(2))));
    assertEquals(ALL_STOPPED_ONCE, journal.lines("stop"));
    assertEquals(
        List.of("stop c virtual", "stop b platform", "stop a platform"), kinds.lines("stop"));
    assertEquals(ofSeconds(3), host.elapsed());
    assertEquals(Outcome.CLEAN, exit.outcome());
    assertEquals(0, exit.code());
  }

  @Test
  void whenTheGraceIsOverEveryServiceIsAskedAllTheSame() {
    host.signalAt(ofSeconds(1), "TERM", 15);
    freezeAt(ofMillis(10_950));
    Journal states = new Journal();
    Exit exit =
        host.run(
            config,
            app -> {
              app.onStateChange(states);
              abc(hangsInStop("c")).register(app);
            });
    assertEquals(
        List.of("c SHUTTING_DOWN", "b SHUTTING_DOWN", "a SHUTTING_DOWN"),
        states.lines("SHUTTING_DOWN"));
    assertEquals(
        List.of("stop a", "stop b", "stop c"),
        journal.lines().stream().filter(line -> line.startsWith("stop ")).sorted().toList());
    assertEquals(3, exit.code());
    assertTrue(exit.stopTook().compareTo(ofMillis(10_500)) < 0, exit::toString);
  }

  @Test
  void whatASupervisorThatComesBackFindsIsNotDoneTwice() {
    freezeAt(ofSeconds(1));
    host.signalAt(ofMillis(3_050), "TERM", 15);
    host.at(ofSeconds(4), host::thawSupervisor);
    Exit exit = host.run(config, abc(slowToStop("c", ofSeconds(2))));
    assertEquals(ALL_STOPPED_ONCE, journal.lines("stop"));
    assertEquals(ofMillis(5_550), host.elapsed());
    assertEquals(0, exit.code());
  }

  @Test
  void aSupervisorThatGetsItsProcessorBackInTimeKeepsItsPlace() {
    host.signalAt(ofSeconds(1), "TERM", 15);
    freezeAt(ofMillis(1_500));
    host.at(ofMillis(1_850), host::thawSupervisor);
    Exit exit = host.run(config, abc(slowToStop("c", ofSeconds(2))));
    assertEquals(
        List.of("stop c virtual", "stop b virtual", "stop a virtual"), kinds.lines("stop"));
    assertEquals(0, exit.code());
  }

  // Calls whose threads got no processor

  @Test
  void aStopThatWasAskedForButGotNoProcessorIsCalledOnceByAnotherThread() {
    host.at(ofSeconds(1), host::holdBackNewThreads);
    host.signalAt(ofSeconds(2), "TERM", 15);
    freezeAt(ofMillis(2_050));
    Exit exit = host.run(config, abc(seen("c")));
    assertEquals(ALL_STOPPED_ONCE, journal.lines("stop"));
    assertEquals(
        List.of("stop c platform", "stop b platform", "stop a platform"), kinds.lines("stop"));
    assertEquals(Outcome.CLEAN, exit.outcome());
  }

  @Test
  void anInitThatGotNoProcessorBeforeTheStopIsNotCalledAnyMore() {
    host.at(ofSeconds(1), host::holdBackNewThreads);
    freezeAt(ofMillis(2_500));
    host.signalAt(ofSeconds(3), "TERM", 15);
    Exit exit =
        host.run(
            config,
            app -> {
              app.service("a", new Seen("a", ofSeconds(2), Duration.ZERO));
              app.service("b", seen("b"));
            });
    assertEquals(List.of("init a", "run a", "stop a"), journal.lines());
    assertEquals(Outcome.CLEAN, exit.outcome());
    assertEquals(0, exit.code());
  }

  // The time while virtual threads make no progress

  @Test
  void aServiceWhoseRunDoesNotEndGetsItsShareOnlyAndTheOthersTheRest() {
    freezeAt(ofSeconds(1));
    host.signalAt(ofMillis(3_050), "TERM", 15);
    Exit exit = host.run(config, abc(runsForEver("c")));
    assertEquals(ALL_STOPPED_ONCE, journal.lines("stop"));
    Duration share = ofMillis(9_500).dividedBy(6); // half of a third of what is left
    assertEquals(ofMillis(3_550).plus(share).plusMillis(500), host.elapsed());
    assertEquals(List.of("c"), stragglers(exit));
    assertTrue(exit.stragglers().getFirst().leftBehind());
    assertEquals(Phase.RUN, exit.stragglers().getFirst().phase());
    assertEquals(Outcome.FORCED, exit.outcome());
    assertEquals(3, exit.code());
  }

  @Test
  void onceVirtualThreadsRunAgainAStopMayTakeWhatIsLeftOfTheGrace() {
    freezeAt(ofSeconds(1));
    host.signalAt(ofMillis(3_050), "TERM", 15);
    host.at(ofSeconds(4), host::thawSupervisor);
    Exit exit = host.run(config, abc(slowToStop("c", ofSeconds(8))));
    assertEquals(ALL_STOPPED_ONCE, journal.lines("stop"));
    assertEquals(ofMillis(11_550), host.elapsed());
    assertEquals(List.of(), exit.stragglers());
    assertEquals(0, exit.code());
  }

  @Test
  void aServicesOwnStopLimitIsNotGivenAnewByATakeOver() {
    host.signalAt(ofSeconds(1), "TERM", 15);
    freezeAt(ofSeconds(2));
    host.run(
        config,
        app -> {
          app.service("a", seen("a"));
          app.service("c", hangsInStop("c")).stopTimeout(ofSeconds(2));
        });
    assertEquals(List.of("interrupted at PT3S stop c"), journal.lines("interrupted"));
  }

  @Test
  void aServicesOwnStopLimitIsNotGivenAnewWhenVirtualThreadsRunAgain() {
    freezeAt(ofSeconds(1));
    host.signalAt(ofMillis(3_050), "TERM", 15);
    host.at(ofSeconds(4), host::thawSupervisor);
    host.run(
        config,
        app -> {
          app.service("a", seen("a"));
          app.service("c", hangsInStop("c")).stopTimeout(ofSeconds(2));
        });
    assertEquals(List.of("interrupted at PT5.55S stop c"), journal.lines("interrupted"));
  }

  @Test
  void theReportSaysHowLongAStopTookBeforeTheTakeOverToo() {
    host.signalAt(ofSeconds(1), "TERM", 15);
    freezeAt(ofSeconds(2));
    host.at(ofSeconds(3), host::thawSupervisor);
    Exit exit = host.run(config, abc(hangsInStop("c")));
    Straggler straggler = exit.stragglers().getFirst();
    assertEquals("c: still in stop after 10s of 10s", straggler.toString());
  }

  // The end

  @Test
  void theFirstStaysBehindWithTheScopeUntilItsThreadsHaveEnded() {
    host.withScopeThatBinds(() -> journal.note("scope closed"));
    freezeAt(ofSeconds(1));
    host.signalAt(ofMillis(3_050), "TERM", 15);
    Exit exit = host.run(config, abc(runsForEver("c")));
    assertEquals(List.of("c"), stragglers(exit));
    assertEquals(
        List.of("run at last ended c", "scope closed"),
        journal.lines().subList(journal.lines().size() - 2, journal.lines().size()));
  }

  @Test
  void itIsSaidThatVirtualThreadsMakeNoProgressAndWhatFollowsFromIt() {
    host.keepsLog();
    freezeAt(ofSeconds(1));
    host.signalAt(ofMillis(3_050), "TERM", 15);
    host.at(ofSeconds(4), host::thawSupervisor);
    host.run(config, abc(slowToStop("c", ofSeconds(2))));
    assertEquals(
        List.of(
            "virtual threads make no progress: the program is not live",
            "virtual threads make no progress; going on with platform threads"),
        host.said().stream()
            .filter(line -> line.level() == System.Logger.Level.WARNING)
            .map(LogLine::message)
            .toList());
  }

  @Test
  void aTakeOverThatGetsNoThreadIsTriedAgain() {
    host.refuseToTakeOver(3);
    freezeAt(ofSeconds(1));
    host.signalAt(ofMillis(3_050), "TERM", 15);
    Exit exit = host.run(config, abc(seen("c")));
    assertEquals(ALL_STOPPED_ONCE, journal.lines("stop"));
    assertEquals(ofMillis(3_580), host.elapsed());
    assertEquals(0, exit.code());
  }

  @Test
  void whereNobodyCanGoOnTheExitComesInTimeAndNamesEveryService() {
    host.refuseToTakeOver(Integer.MAX_VALUE);
    freezeAt(ofSeconds(1));
    host.signalAt(ofMillis(3_050), "TERM", 15);
    Exit exit = host.run(config, abc(seen("c")));
    assertEquals(List.of("c", "b", "a"), stragglers(exit));
    assertTrue(exit.stragglers().stream().allMatch(Straggler::leftBehind));
    assertEquals(new Cause.Signalled("TERM", 15), exit.cause());
    assertEquals(3, exit.code());
    assertTrue(
        exit.stopTook().compareTo(ofSeconds(10).plus(Lookout.AFTER_GRACE)) <= 0, exit::toString);
  }
}
