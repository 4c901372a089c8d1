package dev.srun;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** A service that is not ready yet and has asked to be asked again. */
class RetryReadyTest {
  private final FakeHost host = new FakeHost().keepsLog();
  private final Journal journal = new Journal();
  private final List<Duration> asked = new ArrayList<>();
  private final Config config = Config.named("t").grace(ofSeconds(10));

  private interface Answer {
    void give(int attempt) throws Exception;
  }

  private final class Database extends Fixture {
    private final Answer answer;

    Database(Answer answer) {
      super("db", RetryReadyTest.this.host, RetryReadyTest.this.journal);
      this.answer = answer;
    }

    @Override
    public void ready(Context ctx) throws Exception {
      asked.add(host.elapsed());
      answer.give(asked.size());
    }
  }

  private Exit run(Answer answer) {
    return host.run(
        config,
        app -> {
          app.service("db", new Database(answer))
              .retryReady(ofMillis(500))
              .readyTimeout(ofSeconds(3));
          app.main("m", ctx -> journal.note("main"));
        });
  }

  private static void refuseUntil(int attempt, int last) throws IOException {
    if (attempt < last) {
      throw new IOException("connection refused");
    }
  }

  @Test
  void itIsAskedAfterEachPauseUntilItIsReady() {
    Exit exit = run(attempt -> refuseUntil(attempt, 4));

    assertEquals(0, exit.code(), exit::toString);
    assertEquals(List.of(ofMillis(0), ofMillis(500), ofMillis(1_000), ofMillis(1_500)), asked);
    assertEquals(List.of("init db", "run db", "main", "stop db"), journal.lines());
    assertEquals(
        List.of(
            "INFO t.db: not ready, asked again every 500ms: java.io.IOException: connection refused",
            "DEBUG t.db: not ready, asked again every 500ms: java.io.IOException: connection refused",
            "DEBUG t.db: not ready, asked again every 500ms: java.io.IOException: connection refused"),
        linesAbout("not ready"));
  }

  private List<String> linesAbout(String what) {
    return host.said().stream().map(LogLine::brief).filter(line -> line.contains(what)).toList();
  }

  @Test
  void whatKeepsItFromBeingReadyIsToldAgainWhenItIsSomethingElse() {
    run(attempt -> {
      if (attempt == 3) {
        throw new IOException("password refused");
      }
      refuseUntil(attempt, 5);
    });

    assertEquals(
        List.of("INFO", "DEBUG", "INFO", "INFO"),
        linesAbout("not ready").stream().map(Journal::first).toList());
  }

  @Test
  void itsPhaseLastsUntilItIsReady() {
    List<PhaseTime> phases = new ArrayList<>();
    host.run(
        config,
        app -> {
          app.service("db", new Database(attempt -> refuseUntil(attempt, 3)))
              .retryReady(ofMillis(500));
          app.main("m", ctx -> phases.addAll(ctx.runner().status().service("db").phases()));
        });

    PhaseTime ready =
        phases.stream().filter(each -> each.phase() == Phase.READY).findFirst().orElseThrow();
    assertEquals(ofSeconds(1), ready.took());
  }

  @Test
  void itsLimitPassesAndTheStartFailsWithWhatItThrewLast() {
    Exit exit = run(attempt -> refuseUntil(attempt, 100));

    assertEquals(1, exit.code());
    Failure failure = assertInstanceOf(Cause.Failed.class, exit.cause()).failure();
    assertEquals(Phase.READY, failure.phase());
    assertInstanceOf(TimeoutException.class, failure.error());
    assertEquals(
        "db: ready: java.util.concurrent.TimeoutException: ready of db took longer than 3s;"
            + " it failed 6 times, the last time with this cause"
            + " (caused by: java.io.IOException: connection refused)",
        failure.toString());
    assertEquals(List.of("init db", "run db", "stop db"), journal.lines());
    assertEquals(List.of(), exit.stragglers());
  }

  @Test
  void aCallThatIsUnderWayWhenItsLimitPassesIsNamedAsOne() {
    Exit exit =
        run(attempt -> {
          refuseUntil(attempt, 2);
          host.hang();
        });

    assertEquals(
        "ready of db took longer than 3s", exit.failures().getFirst().error().getMessage());
    assertEquals(List.of("db"), exit.stragglers().stream().map(Straggler::service).toList());
  }

  @Test
  void anErrorAndAnInterruptAreNotTriedAgain() {
    Exit error =
        run(attempt -> {
          throw new LinkageError("on purpose");
        });
    Exit interrupt =
        new FakeHost()
            .run(
                config,
                app ->
                    app.service(
                            "db",
                            new Database(attempt -> {
                              throw new InterruptedException();
                            }))
                        .retryReady(ofMillis(500)));

    assertInstanceOf(LinkageError.class, error.failures().getFirst().error());
    assertInstanceOf(InterruptedException.class, interrupt.failures().getFirst().error());
    assertEquals(2, asked.size());
  }

  @Test
  void aStopDuringThePauseEndsIt() {
    host.signalAt(ofMillis(1_200), "TERM", 15);
    Exit exit = run(attempt -> refuseUntil(attempt, 100));

    assertEquals("exit 0 (clean): signal TERM", exit.toString().replace("143", "0"));
    assertEquals(3, asked.size());
    assertEquals(List.of("init db", "run db", "stop db"), journal.lines());
  }

  @Test
  void withoutBeingAskedForOneThrowFailsTheStart() {
    Exit exit =
        host.run(
            config, app -> app.service("db", new Database(attempt -> refuseUntil(attempt, 100))));

    assertEquals(1, exit.code());
    assertEquals(1, asked.size());
  }

  @Test
  void aServiceThatHasNoReadyIsRefusedAndSoIsNoPause() {
    Config plain = Config.named("t").withoutSignals().withoutAdmin().withoutTelemetry();
    Exit noReady = Srun.run(plain, app -> app.service("s", ctx -> {}).retryReady(ofSeconds(1)));
    Exit noPause =
        Srun.run(
            plain, app -> app.service("db", new Database(attempt -> {})).retryReady(Duration.ZERO));

    assertTrue(noReady.toString().contains("'s' cannot be tried again"), noReady::toString);
    assertTrue(noPause.toString().contains("pause of ready of 'db' is PT0S"), noPause::toString);
  }
}
