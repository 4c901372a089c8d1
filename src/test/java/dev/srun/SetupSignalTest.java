package dev.srun;

import static java.time.Duration.ofSeconds;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Signals before anything is started, and what becomes of a signal after the end. */
final class SetupSignalTest {
  private static final Cause TERM = new Cause.Signalled("TERM", 15);

  private final FakeHost host = new FakeHost();
  private final Journal journal = new Journal();
  private final Config config = Config.named("test").grace(ofSeconds(10));

  @AfterEach
  void nothingOfATestGoesOn() {
    Thread.interrupted();
  }

  private Fixture fixture(String name) {
    return new Fixture(name, host, journal);
  }

  /** Owns something, registers a service, and is then asked to stop. */
  private void registerAndGetSignal(Registrar app) {
    app.own(() -> journal.note("close"));
    app.service("a", fixture("a"));
    host.signal("TERM", 15);
    journal.note("interrupted " + Thread.currentThread().isInterrupted());
  }

  private void assertNothingStarted(Exit exit, int code) {
    assertEquals(List.of("interrupted true", "close"), journal.lines());
    assertEquals(TERM, exit.cause());
    assertEquals(code, exit.code());
    assertEquals(List.of(), exit.stragglers());
    assertEquals(List.of(), exit.leaks());
    assertFalse(Thread.currentThread().isInterrupted(), "the runner's interrupt came out");
  }

  @Test
  void aSetupThatReturnsAfterASignalIsACleanStop() {
    Exit exit = host.run(config, this::registerAndGetSignal);
    assertNothingStarted(exit, 0);
    assertEquals(Outcome.CLEAN, exit.outcome());
    assertEquals(ofSeconds(0), host.elapsed());
  }

  @Test
  void aSetupWhoseWaitTheSignalEndedIsACleanStop() {
    Exit exit =
        host.run(
            config,
            app -> {
              registerAndGetSignal(app);
              throw new IOException("no answer", new CancellationException());
            });
    assertNothingStarted(exit, 0);
    assertEquals(List.of(), exit.failures());
  }

  @Test
  void aSetupThatFailsAfterASignalIsAFailureAndTheSignalStaysTheCause() {
    IOException broken = new IOException("broken");
    Exit exit =
        host.run(
            config,
            app -> {
              registerAndGetSignal(app);
              throw broken;
            });
    assertNothingStarted(exit, 1);
    assertEquals(broken, exit.failures().getFirst().error());
  }

  @Test
  void aWaitThatEndsWithoutASignalIsAFailure() {
    Exit exit =
        host.run(
            config,
            app -> {
              throw new InterruptedException("of somebody else");
            });
    assertEquals(1, exit.code());
  }

  @Test
  void aMainTaskThatWasRegisteredIsCutOff() {
    Exit exit =
        host.run(
            config,
            app -> {
              app.main("work", ctx -> journal.note("work"));
              registerAndGetSignal(app);
            });
    assertNothingStarted(exit, 143);
  }

  @Test
  void anInterruptThatWasThereBeforeIsThereAfterwards() {
    Thread.currentThread().interrupt();
    Program program =
        host.start(
            config,
            app -> {
              assertTrue(Thread.interrupted());
              registerAndGetSignal(app);
            });
    assertTrue(Thread.interrupted());
    host.drive(program);
  }

  @Test
  void anInterruptOfSomebodyElseIsLeftAlone() {
    Program program =
        host.start(
            config,
            app -> {
              app.task("work", ctx -> {});
              Thread.currentThread().interrupt();
            });
    assertTrue(Thread.interrupted());
    host.drive(program);
  }

  @Test
  void whatTheSetupOwnsIsClosedWhereTheSignalComesBeforeTheFirstService() {
    host.beforeSupervisor(() -> host.signal("TERM", 15));
    Exit exit =
        host.run(
            config,
            app -> {
              app.own(() -> journal.note("close"));
              app.service("a", fixture("a"));
            });
    assertEquals(List.of("close"), journal.lines());
    assertEquals(TERM, exit.cause());
    assertEquals(0, exit.code());
  }

  @Test
  void aSignalAfterTheSetupInterruptsNobody() {
    host.beforeSupervisor(() -> host.signal("TERM", 15));
    Program program = host.start(config, app -> app.service("a", fixture("a")));
    assertFalse(Thread.currentThread().isInterrupted());
    host.drive(program);
  }

  // What becomes of the signal when the program has ended

  /** The exit is given just before, on a thread that nobody may wait for here. */
  private void assertGivenOn(String signal) {
    await().until(() -> !host.passedOn().isEmpty());
    assertEquals(List.of(signal), host.passedOn());
  }

  /** Waits for the thread that would do it. */
  private void assertNothingGivenOn(Program program) throws InterruptedException {
    program.await();
    assertEquals(List.of(), host.passedOn());
  }

  private Program startAndLeave() {
    Program program = host.start(config, app -> app.service("a", fixture("a")));
    program.starterReturns();
    return program;
  }

  @Test
  void aProgramThatIsLeftToItselfGivesTheSignalToItsFormerHandler() {
    host.signalAt(ofSeconds(1), "INT", 2).signalAt(ofSeconds(1), "TERM", 15);
    host.drive(startAndLeave());
    assertGivenOn("INT");
    assertTrue(journal.lines().contains("stop a"), "stopped in order before");
  }

  @Test
  void aSignalThatIsNotTheCauseIsGivenOnToo() {
    host.signalAt(ofSeconds(2), "TERM", 15);
    Program program =
        host.start(
            config,
            app ->
                app.service(
                    "a",
                    new Fixture("a", host, journal) {
                      @Override
                      public void stop(Context ctx) throws Exception {
                        host.sleep(ofSeconds(3));
                        super.stop(ctx);
                      }
                    }));
    program.starterReturns();
    host.at(ofSeconds(1), () -> program.stop("embedder"));
    host.drive(program);
    assertGivenOn("TERM");
  }

  @Test
  void aProgramThatEndsWithoutASignalGivesNoneOn() throws Exception {
    Program program = startAndLeave();
    host.at(ofSeconds(1), () -> program.stop("embedder"));
    host.drive(program);
    assertNothingGivenOn(program);
  }

  @Test
  void whereTheStarterWaitsForTheEndItHasTheExitAndNoSignalIsGivenOn() throws Exception {
    host.signalAt(ofSeconds(1), "TERM", 15);
    Program program = host.start(config, app -> app.service("a", fixture("a")));
    host.drive(program);
    assertNothingGivenOn(program);
  }

  @Test
  void aStarterThatReturnsAfterTheEndGivesTheSignalOn() {
    host.signalAt(ofSeconds(1), "TERM", 15);
    Program program = host.start(config, app -> app.service("a", fixture("a")));
    host.drive(program);
    program.starterReturns();
    assertGivenOn("TERM");
  }

  @Test
  void whoeverGivesUpWaitingDoesNotHaveTheExit() throws Exception {
    host.signalAt(ofSeconds(1), "TERM", 15);
    Program program = startAndLeave();
    assertTrue(program.await(ofSeconds(0)).isEmpty());
    Thread.currentThread().interrupt();
    assertThrows(InterruptedException.class, program::await);
    host.drive(program);
    assertGivenOn("TERM");
  }

  @Test
  void whoeverWaitsWhenTheProgramEndsHasTheExitAndNoSignalIsGivenOn() throws Exception {
    host.signalAt(ofSeconds(1), "TERM", 15);
    Program program = startAndLeave();
    Thread waits = Thread.ofPlatform().start(program::awaitOrStop);
    while (waits.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    host.drive(program);
    waits.join();
    assertNothingGivenOn(program);
  }
}
