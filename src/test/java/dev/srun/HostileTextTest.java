package dev.srun;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An exception is user code: its text may throw, hang or take long, and the failure is told. */
final class HostileTextTest {
  /** When a phase throws here, and what the text may take. */
  private static final Duration THROWN = ofSeconds(1);

  private static final Duration TOLD_BY = THROWN.plusMillis(510);

  private final FakeHost host = new FakeHost().keepsLog();
  private final Journal journal = new Journal();
  private final Config config = Config.named("test").grace(ofSeconds(10));

  enum Which {
    MESSAGE,
    TO_STRING,
    STACK_TRACE
  }

  enum Does {
    THROW,
    THROW_AN_ERROR,
    HANG,
    HANG_AND_SWALLOW,
    TAKE_200_MILLISECONDS,
    TAKE_2_SECONDS
  }

  private final class Hostile extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Which which;
    private final transient Does does;

    Hostile(Which which, Does does) {
      this.which = which;
      this.does = does;
    }

    private void reached(Which here) {
      if (here != which) {
        return;
      }
      try {
        switch (does) {
          case THROW -> throw new IllegalStateException("no text");
          case THROW_AN_ERROR -> throw new StackOverflowError();
          case HANG -> host.hang();
          case HANG_AND_SWALLOW -> host.hangAndSwallowInterrupts();
          case TAKE_200_MILLISECONDS -> host.sleep(ofMillis(200));
          case TAKE_2_SECONDS -> host.sleep(ofSeconds(2));
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public String getMessage() {
      reached(Which.MESSAGE);
      return "the message";
    }

    @Override
    public String toString() {
      reached(Which.TO_STRING);
      return super.toString();
    }

    @Override
    public void printStackTrace(PrintWriter to) {
      reached(Which.STACK_TRACE);
      super.printStackTrace(to);
    }
  }

  /** Throws in one phase, at a second after the start. */
  private final class Throws extends Fixture {
    private final Phase phase;
    private final RuntimeException error;

    Throws(String name, Phase phase, RuntimeException error) {
      super(name, HostileTextTest.this.host, HostileTextTest.this.journal);
      this.phase = phase;
      this.error = error;
    }

    private void reached(Phase here) {
      if (here == phase) {
        throw error;
      }
    }

    @Override
    public void init(Context ctx) throws Exception {
      ctx.own(() -> journal.note("close of what else is owned at " + host.elapsed()));
      ctx.own(() -> reached(Phase.CLOSE));
      if (phase == Phase.INIT) {
        host.sleep(THROWN);
      }
      reached(Phase.INIT);
    }

    @Override
    public void run(Context ctx) throws Exception {
      if (phase == Phase.RUN) {
        ctx.ready();
        host.sleep(THROWN);
      }
      reached(Phase.RUN);
      runUntilStopped(ctx);
    }

    @Override
    public void stop(Context ctx) {
      note("stop");
      letRunReturn();
      reached(Phase.STOP);
    }
  }

  private static List<String> tellings(List<LogLine> lines, String headline) {
    return lines.stream().map(LogLine::message).filter(headline::equals).toList();
  }

  @ParameterizedTest
  @CsvSource({
    "INIT,MESSAGE,HANG", "INIT,TO_STRING,HANG_AND_SWALLOW", "INIT,STACK_TRACE,THROW",
    "RUN,MESSAGE,HANG_AND_SWALLOW", "RUN,TO_STRING,THROW_AN_ERROR", "RUN,STACK_TRACE,HANG",
    "STOP,MESSAGE,THROW", "STOP,TO_STRING,HANG", "STOP,STACK_TRACE,HANG_AND_SWALLOW",
    "CLOSE,MESSAGE,HANG_AND_SWALLOW", "CLOSE,TO_STRING,THROW", "CLOSE,STACK_TRACE,HANG",
    "RUN,MESSAGE,TAKE_2_SECONDS", "STOP,MESSAGE,TAKE_2_SECONDS", "CLOSE,MESSAGE,TAKE_2_SECONDS"
  })
  void theFailureIsToldOnceWithinHalfASecondByItsClass(Phase phase, Which which, Does does) {
    Hostile error = new Hostile(which, does);
    List<LogLine> inTime = new ArrayList<>();
    host.at(TOLD_BY, () -> inTime.addAll(host.said()));
    if (phase == Phase.STOP || phase == Phase.CLOSE) {
      host.signalAt(THROWN, "TERM", 15);
    }
    Exit exit =
        host.run(
            config,
            app -> {
              app.service("a", new Fixture("a", host, journal));
              app.service("b", new Throws("b", phase, error));
            });
    String headline = phase + " of b failed";
    assertEquals(List.of(headline), tellings(host.said(), headline));
    Failure failure = exit.failures().getFirst();
    assertEquals(phase, failure.phase());
    assertIs(error, failure.error());
    assertTrue(failure.stackTrace().startsWith(Hostile.class.getName()), failure::stackTrace);
    assertEquals(1, exit.failures().size());
    assertEquals(
        List.of("stop a"), journal.lines("a").stream().filter(HostileTextTest::asks).toList());
    boolean endedBefore = host.elapsed().compareTo(TOLD_BY) < 0;
    assertEquals(
        List.of(headline), tellings(endedBefore ? host.said() : inTime, headline), "in time");
  }

  /** Not assertSame, which would ask for their texts. */
  private static void assertIs(Throwable expected, Throwable actual) {
    assertTrue(expected.equals(actual), () -> actual.getClass().getName());
  }

  private static boolean asks(String line) {
    return line.startsWith("stop ");
  }

  @ParameterizedTest
  @CsvSource({"INIT", "RUN", "STOP", "CLOSE"})
  void aTextThatComesWithinHalfASecondIsToldAsItIs(Phase phase) {
    host.signalAt(ofSeconds(5), "TERM", 15);
    Exit exit =
        host.run(
            config,
            app ->
                app.service(
                    "b",
                    new Throws(
                        "b", phase, new Hostile(Which.MESSAGE, Does.TAKE_200_MILLISECONDS))));
    assertEquals(1, exit.failures().size());
    String text = exit.failures().getFirst().stackTrace();
    assertTrue(text.startsWith(Hostile.class.getName() + ": the message\n"), text);
    assertEquals(List.of(), exit.stragglers());
    assertEquals(1, exit.code());
  }

  @ParameterizedTest
  @CsvSource({"HANG", "HANG_AND_SWALLOW", "TAKE_2_SECONDS"})
  void whatElseIsOwnedIsClosedAlthoughTheTextOfACloseHangs(Does does) {
    host.signalAt(THROWN, "TERM", 15);
    host.run(
        config,
        app -> app.service("b", new Throws("b", Phase.CLOSE, new Hostile(Which.MESSAGE, does))));
    assertEquals(1, journal.lines("close").size());
    Duration closed = Duration.parse(Journal.last(journal.lines("close").getFirst()));
    assertTrue(closed.compareTo(TOLD_BY) <= 0, closed::toString);
  }

  @Test
  void severalAtTheSameTimeAreEachToldWithinHalfASecond() {
    List<LogLine> inTime = new ArrayList<>();
    host.signalAt(THROWN, "TERM", 15);
    host.at(TOLD_BY, () -> inTime.addAll(host.said()));
    Hostile first = new Hostile(Which.MESSAGE, Does.HANG_AND_SWALLOW);
    Hostile second = new Hostile(Which.MESSAGE, Does.HANG_AND_SWALLOW);
    Exit exit =
        host.run(
            config,
            app ->
                app.group(group -> {
                  group.service("b", new Throws("b", Phase.STOP, first));
                  group.service("c", new Throws("c", Phase.STOP, second));
                }));
    assertEquals(Set.of("b stop", "c stop"), Set.copyOf(failures(exit)));
    assertEquals(1, tellings(inTime, "stop of b failed").size());
    assertEquals(1, tellings(inTime, "stop of c failed").size());
  }

  @Test
  void aStopThatThrowsAfterARunWhoseTextHangsIsToldToo() {
    Hostile inRun = new Hostile(Which.MESSAGE, Does.HANG_AND_SWALLOW);
    Hostile inStop = new Hostile(Which.MESSAGE, Does.HANG_AND_SWALLOW);
    Exit exit =
        host.run(
            config,
            app -> {
              app.service("a", new Throws("a", Phase.STOP, inStop));
              app.service("b", new Throws("b", Phase.RUN, inRun)).stopTimeout(ofSeconds(1));
            });
    assertTrue(failures(exit).containsAll(List.of("b run", "a stop")), failures(exit)::toString);
  }

  private static List<String> failures(Exit exit) {
    return exit.failures().stream()
        .filter(failure -> failure.error() instanceof Hostile)
        .map(failure -> failure.service() + " " + failure.phase())
        .toList();
  }

  @Test
  void oneThrownByAThreadOfAServicesOwnFailsTheProgramToo() {
    host.withThreadsOfTheirOwn().signalAt(ofSeconds(60), "TERM", 15);
    Hostile error = new Hostile(Which.MESSAGE, Does.HANG_AND_SWALLOW);
    Exit exit =
        host.run(
            config,
            app ->
                app.service(
                    "b",
                    new Fixture("b", host, journal) {
                      @Override
                      public void init(Context ctx) {
                        ctx.threads()
                            .start(
                                "worker",
                                own -> {
                                  host.sleep(THROWN);
                                  throw error;
                                });
                      }
                    }));
    Cause.Failed failed = assertInstanceOf(Cause.Failed.class, exit.cause());
    assertIs(error, failed.failure().error());
  }
}
