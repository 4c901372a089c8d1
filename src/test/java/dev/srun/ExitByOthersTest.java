package dev.srun;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A call of a service that stands in {@code System.exit} never comes back, since that waits for the
 * stop: nothing waits for the call.
 */
final class ExitByOthersTest {
  private static final Duration ASKED = ofSeconds(1);
  private static final Duration LOOK = ofMillis(20);

  private final FakeHost host = new FakeHost().seesExits();
  private final Journal journal = new Journal();
  private final Config config = Config.named("test").grace(ofSeconds(10));

  private Fixture fixture(String name) {
    return new Fixture(name, host, journal);
  }

  /** Owns three things; the given ones call System.exit when they are closed. */
  private Fixture owner(List<Integer> whichExit) {
    return new Fixture("b", host, journal) {
      @Override
      public void init(Context ctx) {
        for (int i = 1; i <= 3; i++) {
          int number = i;
          ctx.own(() -> {
            note("close " + number);
            if (whichExit.contains(number)) {
              host.standInSystemExit();
            }
          });
        }
      }
    };
  }

  /** Runs it with a hook that looks for calls that exit, as the JVM's does. */
  private Exit run(Config with, Setup setup) {
    Program program = host.start(with, setup);
    SignalReceiver hook = new SignalReceiver(program);
    host.at(ASKED, () -> program.askToStop(new Cause.Asked("System.exit")));
    for (Duration at = ASKED.plus(LOOK); at.compareTo(ofSeconds(12)) < 0; at = at.plus(LOOK)) {
      host.at(at, hook::findCallsThatExit);
    }
    host.drive(program);
    Exit exit = program.exitOrNull();
    if (exit == null) {
      throw new AssertionError("over without an exit");
    }
    return exit;
  }

  private void assertGoesOnAtOnce(Exit exit, Duration expected) {
    assertEquals(expected, host.elapsed());
    assertEquals(List.of(), exit.stragglers());
    assertEquals(List.of(), exit.leaks());
    assertEquals(List.of(), exit.failures());
    assertEquals(Outcome.CLEAN, exit.outcome());
    assertEquals(new Cause.Asked("System.exit"), exit.cause());
    assertEquals(0, exit.code());
    assertEquals("stop a", journal.lines().getLast());
  }

  @Test
  void inInit() {
    Exit exit =
        run(
            config,
            app -> {
              app.service("a", fixture("a"));
              app.service(
                  "b",
                  new Fixture("b", host, journal) {
                    @Override
                    public void init(Context ctx) {
                      ctx.own(() -> note("close"));
                      host.standInSystemExit();
                    }
                  });
            });
    assertEquals(List.of("init a", "run a", "close b", "stop a"), journal.lines());
    assertGoesOnAtOnce(exit, ASKED.plus(LOOK));
  }

  @Test
  void inRun() {
    Exit exit =
        run(
            config,
            app -> {
              app.service("a", fixture("a"));
              app.service(
                  "b",
                  new Fixture("b", host, journal) {
                    @Override
                    public void run(Context ctx) {
                      ctx.own(() -> note("close"));
                      ctx.ready();
                      host.standInSystemExit();
                    }
                  });
            });
    assertEquals(
        List.of("init a", "run a", "init b", "stop b", "close b", "stop a"), journal.lines());
    assertGoesOnAtOnce(exit, ASKED.plus(LOOK));
  }

  @Test
  void inATask() {
    Exit exit =
        run(
            config,
            app -> {
              app.service("a", fixture("a"));
              app.task("b", ctx -> host.standInSystemExit());
            });
    assertGoesOnAtOnce(exit, ASKED.plus(LOOK));
  }

  @Test
  void inAStopWhoseRunIsInterruptedInItsPlace() {
    Exit exit =
        run(
            config,
            app -> {
              app.service("a", fixture("a"));
              app.service(
                  "b",
                  new Fixture("b", host, journal) {
                    @Override
                    public void run(Context ctx) throws Exception {
                      ctx.own(() -> note("close"));
                      try {
                        runUntilStopped(ctx);
                      } finally {
                        note("end run");
                      }
                    }

                    @Override
                    public void stop(Context ctx) {
                      note("stop");
                      host.standInSystemExit();
                    }
                  });
            });
    assertEquals(
        List.of("init a", "run a", "init b", "stop b", "end run b", "close b", "stop a"),
        journal.lines());
    assertGoesOnAtOnce(exit, ASKED.plus(LOOK));
  }

  @Test
  void inACloseTheRestIsClosed() {
    Exit exit =
        run(
            config,
            app -> {
              app.service("a", fixture("a"));
              app.service("b", owner(List.of(3)));
            });
    assertEquals(
        List.of("close 3 b", "close 2 b", "close 1 b", "stop a"),
        journal.lines().subList(4, journal.lines().size()));
    assertGoesOnAtOnce(exit, ASKED.plus(LOOK));
  }

  @Test
  void inOneCloseAfterTheOtherTheRestIsClosed() {
    Exit exit =
        run(
            config,
            app -> {
              app.service("a", fixture("a"));
              app.service("b", owner(List.of(3, 2)));
            });
    assertEquals(
        List.of("close 3 b", "close 2 b", "close 1 b", "stop a"),
        journal.lines().subList(4, journal.lines().size()));
    assertGoesOnAtOnce(exit, ASKED.plus(LOOK.multipliedBy(2)));
  }

  @Test
  void inTheLastClose() {
    Exit exit =
        run(
            config,
            app -> {
              app.service("a", fixture("a"));
              app.service("b", owner(List.of(1)));
            });
    assertEquals(List.of(), exit.stragglers());
    assertEquals(Outcome.CLEAN, exit.outcome());
    assertEquals(ASKED.plus(LOOK), host.elapsed());
  }

  @Test
  void inWhatIsToldThatTheDrainBegins() {
    Exit exit =
        run(
            config.drain(ofSeconds(4)),
            app -> {
              app.service("a", fixture("a"));
              app.service(
                  "b",
                  new Fixture("b", host, journal) {
                    @Override
                    public void init(Context ctx) {
                      ctx.onDrain(own -> host.standInSystemExit());
                    }
                  });
            });
    assertGoesOnAtOnce(exit, ofMillis(5_020));
  }

  @Test
  void inSeveralServicesOfAGroup() {
    Exit exit =
        run(
            config,
            app -> {
              app.service("a", fixture("a"));
              app.group(group -> {
                group.task("b", ctx -> host.standInSystemExit());
                group.task("c", ctx -> host.standInSystemExit());
              });
            });
    assertGoesOnAtOnce(exit, ASKED.plus(LOOK));
  }

  @Test
  void aScopeThatBindsItsOwnerDoesNotHoldTheExitUp() {
    host.withScopeThatBinds(() -> {});
    Exit exit =
        run(
            config,
            app -> {
              app.service("a", fixture("a"));
              app.task("b", ctx -> host.standInSystemExit());
            });
    assertGoesOnAtOnce(exit, ASKED.plus(LOOK));
  }

  @Test
  void whatOnlyHangsIsStillAStraggler() {
    Exit exit =
        run(
            config,
            app -> {
              app.service("a", fixture("a"));
              app.task("b", ctx -> host.hangAndSwallowInterrupts());
            });
    assertEquals(1, exit.stragglers().size());
    assertEquals(ofMillis(11_300), host.elapsed());
  }
}
