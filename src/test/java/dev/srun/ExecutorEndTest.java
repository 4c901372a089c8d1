package dev.srun;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@link Context#await}: an executor whose tasks a service waits for. */
@Timeout(30)
class ExecutorEndTest {
  private static final Duration LONG = Duration.ofSeconds(Long.MAX_VALUE);
  private static final Duration SHORT = Duration.ofMillis(50);

  private final ExecutorService executor = Executors.newSingleThreadExecutor();
  private final CountDownLatch began = new CountDownLatch(1);
  private final CountDownLatch never = new CountDownLatch(1);
  private final AtomicBoolean interrupted = new AtomicBoolean();

  @AfterEach
  void letTasksEnd() {
    never.countDown();
    executor.shutdownNow();
  }

  private void waits() {
    try {
      began.countDown();
      never.await();
    } catch (InterruptedException e) {
      interrupted.set(true);
    }
  }

  /** Calls it in a service that runs. */
  private static boolean await(
      LoggedProgram program,
      CompletableFuture<Context> ctx,
      ExecutorService executor,
      Duration limit)
      throws Exception {
    assertTrue(program.program().isReady());
    return ctx.get(1, SECONDS).await(executor, limit);
  }

  private static LoggedProgram start(CompletableFuture<Context> ctx) throws InterruptedException {
    return LoggedProgram.start(app -> app.service("s", ctx::complete));
  }

  @Test
  void tasksThatAreCompletedInTimeAreAllCompleted() throws Exception {
    CompletableFuture<Context> ctx = new CompletableFuture<>();
    try (LoggedProgram program = start(ctx)) {
      AtomicBoolean ran = new AtomicBoolean();
      executor.execute(() -> ran.set(true));

      assertTrue(await(program, ctx, executor, LONG));
      assertTrue(ran.get());
      assertTrue(executor.isTerminated());
      assertTrue(await(program, ctx, executor, Duration.ZERO));
      assertEquals(List.of(), program.messages("s", Level.WARNING));
    }
  }

  @Test
  void tasksThatTakeLongerAreInterruptedAndThoseThatNeverBeganAreCounted() throws Exception {
    CompletableFuture<Context> ctx = new CompletableFuture<>();
    try (LoggedProgram program = start(ctx)) {
      executor.execute(this::waits);
      executor.execute(this::waits);
      executor.execute(this::waits);
      began.await();

      assertFalse(await(program, ctx, executor, SHORT));
      assertTrue(executor.isTerminated());
      assertTrue(interrupted.get());
      assertEquals(
          List.of("an executor was not done after 50ms; tasks that never began: 2"),
          program.messages("s", Level.WARNING));
    }
  }

  @Test
  void aNegativeLimitIsNone() throws Exception {
    CompletableFuture<Context> ctx = new CompletableFuture<>();
    try (LoggedProgram program = start(ctx)) {
      executor.execute(this::waits);
      began.await();

      assertFalse(await(program, ctx, executor, Duration.ofSeconds(Long.MIN_VALUE)));
      assertTrue(executor.isTerminated());
    }
  }

  @Test
  void aTaskThatIgnoresItsInterruptIsNotWaitedForLong() throws Exception {
    CompletableFuture<Context> ctx = new CompletableFuture<>();
    try (LoggedProgram program = start(ctx)) {
      executor.execute(() -> {
        began.countDown();
        while (never.getCount() > 0) {
          Thread.onSpinWait();
        }
      });
      began.await();
      long before = System.nanoTime();

      assertFalse(await(program, ctx, executor, SHORT));
      assertFalse(executor.isTerminated());
      assertTrue(System.nanoTime() - before < SECONDS.toNanos(5));
    }
  }

  @Test
  void anInterruptOfTheCallerInterruptsTheTasksAndIsThrown() throws Exception {
    CompletableFuture<Context> ctx = new CompletableFuture<>();
    try (LoggedProgram program = start(ctx)) {
      executor.execute(this::waits);
      executor.execute(this::waits);
      began.await();
      Thread.currentThread().interrupt();

      assertThrows(InterruptedException.class, () -> await(program, ctx, executor, LONG));
      assertFalse(Thread.currentThread().isInterrupted());
      assertTrue(executor.awaitTermination(5, SECONDS));
      assertTrue(interrupted.get());
      assertEquals(
          List.of("an executor was interrupted while it was awaited; tasks that never began: 1"),
          program.messages("s", Level.WARNING));
    }
  }

  @Test
  void aStopNeverWaitsLongerThanItHas() throws Exception {
    LoggedProgram program =
        LoggedProgram.start(
            Config.named("t").grace(Duration.ofSeconds(1)),
            app ->
                app.service(
                    "s",
                    new Service() {
                      @Override
                      public void run(Context ctx) throws InterruptedException {
                        executor.execute(ExecutorEndTest.this::waits);
                        began.await();
                      }

                      @Override
                      public void stop(Context ctx) throws InterruptedException {
                        assertFalse(ctx.await(executor, LONG));
                      }
                    }));
    Exit exit = program.stop();

    assertEquals("exit 0 (clean): asked: closed", exit.toString());
    assertTrue(interrupted.get());
    assertTrue(exit.stopTook().compareTo(Duration.ofMillis(990)) < 0, exit.stopTook()::toString);
  }
}
