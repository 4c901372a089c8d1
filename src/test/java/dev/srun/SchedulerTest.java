package dev.srun;

import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.program.Handover;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The scheduler of a service. */
@Timeout(30)
class SchedulerTest {

  /** Much less than the grace period, and much more than a stop of nothing takes. */
  private static final Duration AT_ONCE = Duration.ofSeconds(2);

  private final CompletableFuture<ScheduledExecutorService> made = new CompletableFuture<>();
  private final CountDownLatch never = new CountDownLatch(1);
  private Future<?> scheduled = new CompletableFuture<>();

  private LoggedProgram start() throws InterruptedException {
    return start(Config.named("t"));
  }

  private LoggedProgram start(Config config) throws InterruptedException {
    return LoggedProgram.start(
        config, app -> app.service("s", ctx -> made.complete(ctx.threads().scheduler("beat"))));
  }

  private static void assertEndsAtOnce(LoggedProgram program) throws InterruptedException {
    Exit exit = program.stop();
    assertEquals("exit 0 (clean): asked: closed", exit.toString());
    assertEquals(List.of(), exit.leaks());
    assertEquals(List.of(), exit.stragglers());
    assertTrue(exit.stopTook().compareTo(AT_ONCE) < 0, exit.stopTook()::toString);
  }

  // The end

  @Test
  void anIdleSchedulerEndsAtOnce() throws Exception {
    LoggedProgram program = start();
    AtomicInteger runs = new AtomicInteger();
    scheduled = made.get().scheduleAtFixedRate(runs::incrementAndGet, 0, 1, HOURS);
    await().until(() -> runs.get() == 1);

    assertEndsAtOnce(program);
    assertTrue(made.get().isTerminated());
    assertThrows(RejectedExecutionException.class, () -> made.get().execute(() -> {}));
  }

  @Test
  void noRunBeginsOnceTheServiceIsClosedAndOneThatGoesOnIsCompleted() throws Exception {
    LoggedProgram program = start();
    CountDownLatch began = new CountDownLatch(1);
    CountDownLatch mayEnd = new CountDownLatch(1);
    AtomicInteger runs = new AtomicInteger();
    AtomicBoolean completed = new AtomicBoolean();
    scheduled =
        made.get()
            .scheduleWithFixedDelay(
                () -> {
                  runs.incrementAndGet();
                  began.countDown();
                  awaitUnlessInterrupted(mayEnd);
                  completed.set(mayEnd.getCount() == 0);
                },
                0,
                1,
                MILLISECONDS);
    began.await();
    Future<Exit> stopped = inBackground(program);
    await().until(() -> made.get().isShutdown());
    mayEnd.countDown();

    assertEquals("exit 0 (clean): asked: closed", stopped.get(10, SECONDS).toString());
    assertTrue(completed.get());
    assertEquals(1, runs.get());
  }

  private static Future<Exit> inBackground(LoggedProgram program) {
    CompletableFuture<Exit> exit = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          try {
            exit.complete(program.stop());
          } catch (Throwable e) {
            exit.completeExceptionally(e);
          }
        });
    return exit;
  }

  private static void awaitUnlessInterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aRunThatTakesTooLongIsInterruptedInTimeAndIsAFailure() throws Exception {
    LoggedProgram program = start(Config.named("t").grace(Duration.ofSeconds(2)));
    CountDownLatch began = new CountDownLatch(1);
    scheduled =
        made.get()
            .scheduleWithFixedDelay(
                () -> {
                  began.countDown();
                  awaitUnlessInterrupted(never);
                },
                0,
                1,
                MILLISECONDS);
    began.await();
    Exit exit = program.stop();

    assertEquals(Outcome.FAILURES, exit.outcome(), exit::toString);
    assertEquals(List.of(), exit.stragglers());
    assertEquals(List.of(), exit.leaks());
    assertEquals(1, exit.failures().size());
    Failure failure = exit.failures().getFirst();
    assertEquals(Phase.CLOSE, failure.phase());
    assertTrue(
        failure
            .error()
            .getMessage()
            .matches("a task of scheduler 'beat' did not end within 1\\..*"),
        failure.error()::getMessage);
    assertTrue(failure.stackTrace().contains("awaitUnlessInterrupted"), failure::stackTrace);
    assertTrue(exit.stopTook().compareTo(Duration.ofMillis(1_950)) < 0, exit.stopTook()::toString);
  }

  @Test
  void aRunThatIgnoresInterruptsIsNamedByWhereItStands() throws Exception {
    LoggedProgram program = start(Config.named("t").grace(Duration.ofSeconds(1)));
    CountDownLatch began = new CountDownLatch(1);
    made.get().execute(() -> Handover.work(() -> ignoreInterrupts(began)));
    began.await();
    Exit exit = program.stop();
    never.countDown();

    assertEquals(Outcome.FORCED, exit.outcome());
    Straggler straggler = exit.stragglers().getFirst();
    assertEquals("s-beat-1", straggler.threads().getFirst().name());
    assertEquals("thread s-beat-1", exit.leaks().getFirst().what());
  }

  private void ignoreInterrupts(CountDownLatch began) {
    began.countDown();
    while (never.getCount() > 0) {
      try {
        never.await();
      } catch (InterruptedException e) {
        // Ignores interrupts.
      }
    }
  }

  @Test
  void delayedTasksAreDroppedAndCounted() throws Exception {
    LoggedProgram program = start();
    AtomicBoolean ran = new AtomicBoolean();
    Future<?> one = made.get().schedule(() -> ran.set(true), 1, HOURS);
    scheduled = made.get().schedule(() -> ran.set(true), 1, HOURS);
    scheduled = made.get().scheduleAtFixedRate(() -> ran.set(true), 1, 1, HOURS);

    assertEndsAtOnce(program);
    assertTrue(one.isCancelled());
    assertFalse(ran.get());
    assertEquals(
        List.of("scheduler 'beat' is closed; delayed tasks that are not run: 2"),
        program.messages("s", Level.INFO).stream().filter(each -> each.contains("beat")).toList());
  }

  @Test
  void aStartThatFailsHalfWayEndsIt() {
    AtomicReference<ScheduledExecutorService> kept = new AtomicReference<>();
    Exit exit =
        Srun.run(
            Config.named("t").withoutSignals().withoutAdmin().withoutTelemetry(),
            app ->
                app.service(
                    "s",
                    ctx -> {
                      kept.set(ctx.threads().scheduler("beat"));
                      scheduled = kept.get().scheduleAtFixedRate(() -> {}, 0, 1, MILLISECONDS);
                      throw new IllegalStateException("does not start");
                    }));

    assertEquals(1, exit.failures().size());
    assertEquals(List.of(), exit.leaks());
    assertTrue(kept.get().isTerminated());
  }

  @Test
  void oneThatIsAskedForAfterTheEndIsRefused() throws Exception {
    CompletableFuture<Context> context = new CompletableFuture<>();
    LoggedProgram program =
        LoggedProgram.start(app ->
            app.service(
                "s",
                ctx -> {
                  ctx.threads();
                  context.complete(ctx);
                }));
    program.stop();

    assertThrows(IllegalStateException.class, () -> context.get().threads().scheduler("too late"));
  }

  // Throws

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aThrowIsLoggedAndCountedAndThePeriodGoesOn(boolean fixedRate) throws Exception {
    try (LoggedProgram program = start()) {
      AtomicInteger runs = new AtomicInteger();
      Runnable task =
          () -> {
            if (runs.incrementAndGet() % 2 == 1) {
              throw new IllegalStateException("run " + runs);
            }
          };
      Future<?> future =
          fixedRate
              ? made.get().scheduleAtFixedRate(task, 0, 1, MILLISECONDS)
              : made.get().scheduleWithFixedDelay(task, 0, 1, MILLISECONDS);
      await().until(() -> runs.get() >= 10);
      future.cancel(false);
      program.awaitSaid("s", Level.ERROR, 1);

      LogLine line = program.said("s", Level.ERROR).getFirst();
      assertEquals(
          "a periodic task of scheduler 'beat' threw; its schedule goes on (throws so far: 1)",
          line.message());
      LogDetail.Thrown detail = assertInstanceOf(LogDetail.Thrown.class, line.detail());
      assertTrue(detail.stackTrace().startsWith("java.lang.IllegalStateException: run 1\n"));
      assertTrue(detail.stackTrace().contains("SchedulerTest"), detail::stackTrace);
      int thrown =
          Integer.parseInt(
              program
                  .program()
                  .status()
                  .service("s")
                  .facts()
                  .get("failed runs of scheduler 'beat'"));
      assertTrue(thrown >= 5, () -> "" + thrown);
      assertTrue(program.said("s", Level.ERROR).size() < thrown);
    }
  }

  @Test
  void anErrorDoesNotEndThePeriodEither() throws Exception {
    try (LoggedProgram program = start()) {
      AtomicInteger runs = new AtomicInteger();
      scheduled =
          made.get()
              .scheduleAtFixedRate(
                  () -> {
                    if (runs.incrementAndGet() == 1) {
                      throw new OutOfMemoryError("says the test");
                    }
                  },
                  0,
                  1,
                  MILLISECONDS);
      await().until(() -> runs.get() >= 3);

      assertEquals(1, program.said("s", Level.ERROR).size());
      assertTrue(program.program().isReady());
    }
  }

  /** Ways to run a task once. */
  enum Once {
    EXECUTE,
    SUBMIT,
    SUBMIT_CALLABLE,
    SCHEDULE;

    Future<?> run(ScheduledExecutorService scheduler, Runnable task) {
      return switch (this) {
        case EXECUTE -> {
          scheduler.execute(task);
          yield new CompletableFuture<>();
        }
        case SUBMIT -> scheduler.submit(task);
        case SUBMIT_CALLABLE -> scheduler.submit(Executors.callable(task));
        case SCHEDULE -> scheduler.schedule(task, 1, MILLISECONDS);
      };
    }
  }

  @ParameterizedTest
  @EnumSource
  void aThrowOfASingleRunIsLoggedOnceAndIsInItsFuture(Once once) throws Exception {
    try (LoggedProgram program = start()) {
      Future<?> future =
          once.run(
              made.get(),
              () -> {
                throw new IllegalStateException("once");
              });
      program.awaitSaid("s", Level.ERROR, 1);
      made.get().submit(() -> {}).get();

      assertEquals(List.of("a task of scheduler 'beat' threw"), program.messages("s", Level.ERROR));
      if (once != Once.EXECUTE) {
        ExecutionException e = assertThrows(ExecutionException.class, () -> future.get(1, SECONDS));
        assertEquals("once", e.getCause().getMessage());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aTaskThatIsCancelledWithAnInterruptIsNoFailure(boolean periodic) throws Exception {
    try (LoggedProgram program = start()) {
      CountDownLatch began = new CountDownLatch(1);
      Runnable task =
          () -> {
            began.countDown();
            try {
              never.await();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          };
      Future<?> future =
          periodic
              ? made.get().scheduleAtFixedRate(task, 0, 1, MILLISECONDS)
              : made.get().submit(task);
      began.await();
      future.cancel(true);
      made.get().submit(() -> {}).get();

      assertEquals(List.of(), program.said("s", Level.ERROR));
    }
  }

  @Test
  void aTaskThatIsCancelledIsForgotten() throws Exception {
    try (LoggedProgram program = start()) {
      ServiceScheduler scheduler = assertInstanceOf(ServiceScheduler.class, made.get());
      scheduler.schedule(() -> {}, 1, HOURS).cancel(false);

      assertEquals(0, scheduler.getQueue().size());
      assertTrue(program.program().isReady());
    }
  }
}
