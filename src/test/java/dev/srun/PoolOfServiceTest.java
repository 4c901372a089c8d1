package dev.srun;

import static java.util.concurrent.TimeUnit.HOURS;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.program.Handover;
import java.io.Serializable;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Executors with threads of a service that nobody has owned. */
@Timeout(30)
class PoolOfServiceTest {
  private static final Duration AT_ONCE = Duration.ofSeconds(2);

  private final CompletableFuture<ExecutorService> made = new CompletableFuture<>();
  private final CountDownLatch never = new CountDownLatch(1);

  /** The executors of the JDK that keep a thread for the next task. */
  enum Kind {
    SCHEDULED,
    SINGLE_SCHEDULED,
    FIXED,
    SINGLE,
    CACHED;

    ExecutorService make(ThreadFactory threads) {
      return switch (this) {
        case SCHEDULED -> scheduling(Executors.newScheduledThreadPool(2, threads));
        case SINGLE_SCHEDULED -> scheduling(Executors.newSingleThreadScheduledExecutor(threads));
        case FIXED -> Executors.newFixedThreadPool(3, threads);
        case SINGLE -> Executors.newSingleThreadExecutor(threads);
        case CACHED -> Executors.newCachedThreadPool(threads);
      };
    }

    private static ExecutorService scheduling(ScheduledExecutorService executor) {
      Future<?> periodic = executor.scheduleAtFixedRate(() -> {}, 0, 1, HOURS);
      Future<?> later = executor.schedule(() -> {}, 1, HOURS);
      assertFalse(periodic.isDone() || later.isDone());
      return executor;
    }
  }

  private LoggedProgram start(Config config, Function<Context, ExecutorService> make)
      throws InterruptedException {
    return LoggedProgram.start(
        config, app -> app.service("s", ctx -> made.complete(make.apply(ctx))));
  }

  private static ThreadFactory factory(Context ctx, boolean platform) {
    return platform ? ctx.threads().platform("w") : ctx.threads().virtual("w");
  }

  private void assertEndsWithItsService(Kind kind, boolean platform) throws Exception {
    LoggedProgram program = start(Config.named("t"), ctx -> kind.make(factory(ctx, platform)));
    CompletableFuture<Thread> worker = new CompletableFuture<>();
    made.get().execute(() -> worker.complete(Thread.currentThread()));
    await().until(() -> PoolWorkers.isIdle(worker.get()));
    Exit exit = program.stop();

    assertEquals("exit 0 (clean): asked: closed", exit.toString());
    assertEquals(List.of(), exit.leaks());
    assertTrue(exit.stopTook().compareTo(AT_ONCE) < 0, exit.stopTook()::toString);
    assertTrue(worker.get().join(Duration.ofSeconds(5))); // it leaves its scope just before its end
    assertTrue(made.get().isShutdown());
    assertEquals(List.of(), program.messages("s", Level.WARNING));
  }

  @ParameterizedTest
  @EnumSource
  void anIdlePoolOfPlatformThreadsEndsAtOnce(Kind kind) throws Exception {
    assertEndsWithItsService(kind, true);
  }

  @ParameterizedTest
  @EnumSource
  void anIdlePoolOfVirtualThreadsEndsAtOnce(Kind kind) throws Exception {
    assertEndsWithItsService(kind, false);
  }

  /** Its workers are not what the factory is given. */
  private static ExecutorService outOfReach(Context ctx) {
    ThreadFactory threads = ctx.threads().platform("w");
    return Executors.newFixedThreadPool(2, body -> threads.newThread(() -> body.run()));
  }

  @Test
  void anIdlePoolOutOfReachIsNotWaitedForAndIsNamed() throws Exception {
    LoggedProgram program = start(Config.named("t"), PoolOfServiceTest::outOfReach);
    made.get().submit(() -> {}).get();
    Exit exit = program.stop();

    assertEquals("exit 0 (clean): asked: closed", exit.toString());
    assertTrue(exit.stopTook().compareTo(AT_ONCE) < 0, exit.stopTook()::toString);
    assertEquals(List.of("thread s-w-1"), exit.leaks().stream().map(Leak::what).toList());
    List<String> warnings = program.messages("s", Level.WARNING);
    assertEquals(1, warnings.size());
    assertTrue(
        warnings.getFirst().startsWith("an executor with threads of 's-w'"), warnings::toString);
    assertTrue(
        warnings
            .getFirst()
            .endsWith("was not shut down; own it (ctx.own), or use ctx.threads().scheduler(name)"),
        warnings::toString);
    made.get().shutdownNow();
  }

  @Test
  void aBusyWorkerOutOfReachIsInterruptedAndWaitedForUntilItIsIdle() throws Exception {
    LoggedProgram program = start(Config.named("t"), PoolOfServiceTest::outOfReach);
    CountDownLatch began = new CountDownLatch(1);
    AtomicBoolean completed = new AtomicBoolean();
    made.get().execute(() -> endsAWhileAfterItsInterrupt(began, completed));
    began.await();
    Exit exit = program.stop();

    assertTrue(completed.get());
    assertEquals("exit 0 (clean): asked: closed", exit.toString());
    assertEquals(1, exit.leaks().size());
    made.get().shutdownNow();
  }

  private void endsAWhileAfterItsInterrupt(CountDownLatch began, AtomicBoolean completed) {
    try {
      began.countDown();
      never.await();
    } catch (InterruptedException e) {
      await().pollDelay(Duration.ofMillis(300)).until(() -> true);
      completed.set(true);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aBusyPoolIsInterruptedAndWaitedForAndWhatNeverBeganIsCounted(boolean platform)
      throws Exception {
    LoggedProgram program =
        start(Config.named("t"), ctx -> Executors.newSingleThreadExecutor(factory(ctx, platform)));
    CountDownLatch began = new CountDownLatch(1);
    AtomicBoolean completed = new AtomicBoolean();
    AtomicBoolean ran = new AtomicBoolean();
    made.get().execute(() -> endsAWhileAfterItsInterrupt(began, completed));
    made.get().execute(() -> ran.set(true));
    made.get().execute(() -> ran.set(true));
    began.await();
    Exit exit = program.stop();

    assertTrue(completed.get());
    assertFalse(ran.get());
    assertEquals(List.of(), exit.leaks());
    List<String> warnings = program.messages("s", Level.WARNING);
    assertEquals(2, warnings.size());
    assertTrue(
        warnings.getFirst().endsWith("was shut down with its service; tasks that never began: 2"),
        warnings::toString);
    assertEquals("2 tasks cut off", warnings.getLast());
    assertEquals("exit 1 (failures, 2 tasks cut off): asked: closed", exit.toString());
  }

  @Test
  void anExecutorWhoseShutdownThrowsIsAFailureAndTheOthersEnd() throws Exception {
    AtomicReference<ExecutorService> other = new AtomicReference<>();
    LoggedProgram program =
        start(
            Config.named("t").grace(Duration.ofSeconds(1)),
            ctx -> {
              other.set(Executors.newFixedThreadPool(1, ctx.threads().virtual("other")));
              return new ThreadPoolExecutor(
                  1,
                  1,
                  1,
                  TimeUnit.MILLISECONDS,
                  new LinkedBlockingQueue<>(),
                  ctx.threads().virtual("w")) {
                @Override
                public List<Runnable> shutdownNow() {
                  super.shutdown();
                  throw new IllegalStateException("says the test");
                }
              };
            });
    made.get().submit(() -> {}).get();
    other.get().submit(() -> {}).get();
    Exit exit = program.stop();

    assertEquals("says the test", exit.failures().getFirst().error().getMessage());
    assertEquals(Outcome.FAILURES, exit.outcome());
    assertTrue(other.get().isTerminated());
  }

  @Test
  void theReportOfAStragglerBeginsWithTheProgramsOwnCode() throws Exception {
    CountDownLatch began = new CountDownLatch(1);
    LoggedProgram program =
        LoggedProgram.start(
            Config.named("t").grace(Duration.ofSeconds(1)),
            app ->
                app.service(
                    "s",
                    ctx ->
                        Executors.newFixedThreadPool(1, ctx.threads().platform("w"))
                            .execute(() ->
                                Handover.work(() -> {
                                  began.countDown();
                                  ignoreInterrupts();
                                }))));
    began.await();
    Exit exit = program.stop();
    never.countDown();

    Straggler straggler = exit.stragglers().getFirst();
    assertEquals("s-w-1", straggler.threads().getFirst().name());
    assertTrue(straggler.toString().contains(Handover.class.getName()), straggler::toString);
  }

  private void ignoreInterrupts() {
    while (never.getCount() > 0) {
      try {
        never.await();
      } catch (InterruptedException e) {
        // Ignores interrupts.
      }
    }
  }

  // Workers

  /** What a pool's first task may be: the walk from a worker to its pool must not touch it. */
  private static final class Touchy implements Runnable, Serializable {
    private static final long serialVersionUID = 1;
    private static final AtomicBoolean TOUCHED = new AtomicBoolean();

    @Override
    public void run() {}

    private void writeObject(java.io.ObjectOutputStream out) {
      TOUCHED.set(true);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theExecutorOfAWorkerIsFoundWhateverItsFirstTaskIs(boolean serializable) {
    List<ExecutorService> found = new ArrayList<>();
    ExecutorService pool =
        Executors.newFixedThreadPool(
            1,
            body -> {
              found.add(PoolWorkers.executorOf(body));
              return Thread.ofVirtual().unstarted(body);
            });
    pool.execute(serializable ? new Touchy() : () -> {});
    pool.close();

    assertEquals(List.of(pool), found);
    assertFalse(Touchy.TOUCHED.get());
  }

  @Test
  void whatIsNoWorkerHasNoExecutor() {
    assertNull(PoolWorkers.executorOf(null));
    assertNull(PoolWorkers.executorOf(() -> {}));
    assertNull(PoolWorkers.executorOf(new Touchy()));
  }

  // Names and throws

  @Test
  void threadsOfAFactoryAreNumberedAndOthersAreNot() throws Exception {
    List<String> names = new ArrayList<>();
    try (LoggedProgram program =
        LoggedProgram.start(app ->
            app.service(
                "s",
                ctx -> {
                  ThreadFactory virtual = ctx.threads().virtual("v");
                  ThreadFactory platform = ctx.threads().platform("p");
                  names.add(virtual.newThread(() -> {}).getName());
                  names.add(virtual.newThread(() -> {}).getName());
                  names.add(platform.newThread(() -> {}).getName());
                  names.add(platform.newThread(() -> {}).getName());
                  names.add(ctx.threads().start("one", own -> {}).getName());
                }))) {
      assertTrue(program.program().isReady());
    }
    assertEquals(List.of("s-v-1", "s-v-2", "s-p-1", "s-p-2", "s-one"), names);
  }

  private LoggedProgram startThreadThatThrows(
      boolean platform, Thread.UncaughtExceptionHandler handler) throws InterruptedException {
    return LoggedProgram.start(app ->
        app.service(
            "s",
            ctx -> {
              Thread thread =
                  factory(ctx, platform)
                      .newThread(() -> {
                        throw new IllegalStateException("uncaught");
                      });
              if (handler != null) {
                thread.setUncaughtExceptionHandler(handler);
              }
              thread.start();
              thread.join();
            }));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aThrowThatNothingCatchesIsLogged(boolean platform) throws Exception {
    LoggedProgram program = startThreadThatThrows(platform, null);
    Exit exit = program.stop();

    assertEquals(Outcome.CLEAN, exit.outcome());
    List<LogLine> errors = program.said("s", Level.ERROR);
    assertEquals(1, errors.size());
    assertEquals(
        "thread 's-w-1' ended by a throw that nothing caught", errors.getFirst().message());
    assertTrue(errors.getFirst().detail().text().startsWith("java.lang.IllegalStateException"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aHandlerOfTheThreadIsCalledInstead(boolean platform) throws Exception {
    CompletableFuture<Throwable> handled = new CompletableFuture<>();
    LoggedProgram program =
        startThreadThatThrows(platform, (thread, error) -> handled.complete(error));
    program.stop();

    assertEquals("uncaught", handled.get(5, TimeUnit.SECONDS).getMessage());
    assertEquals(List.of(), program.said("s", Level.WARNING));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theDefaultHandlerIsCalledToo(boolean throwsItself) throws Exception {
    CompletableFuture<Throwable> handled = new CompletableFuture<>();
    Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    Thread.setDefaultUncaughtExceptionHandler((thread, error) -> {
      handled.complete(error);
      if (throwsItself) {
        throw new IllegalStateException("handler");
      }
    });
    try {
      LoggedProgram program = startThreadThatThrows(true, null);
      assertEquals(Outcome.CLEAN, program.stop().outcome());

      assertEquals("uncaught", handled.get(5, TimeUnit.SECONDS).getMessage());
      assertEquals(1, program.said("s", Level.ERROR).size());
      assertEquals(throwsItself ? 2 : 1, program.said("s", Level.WARNING).size());
    } finally {
      Thread.setDefaultUncaughtExceptionHandler(before);
    }
  }

  @Test
  void aTaskOfAPoolThatThrowsIsLoggedAndThePoolGoesOn() throws Exception {
    try (LoggedProgram program =
        start(
            Config.named("t"),
            ctx -> Executors.newSingleThreadExecutor(ctx.threads().platform("w")))) {
      made.get()
          .execute(() -> {
            throw new IllegalStateException("uncaught");
          });
      made.get().submit(() -> {}).get();

      program.awaitSaid("s", Level.ERROR, 1);
      assertEquals(1, program.said("s", Level.ERROR).size());
    }
  }

  @Test
  void aThreadThatThrowsSinceItsServiceClosesIsNoError() throws Exception {
    CountDownLatch began = new CountDownLatch(1);
    LoggedProgram program =
        LoggedProgram.start(app ->
            app.service(
                "s",
                ctx ->
                    ctx.threads()
                        .virtual("w")
                        .newThread(() -> {
                          try {
                            began.countDown();
                            never.await();
                          } catch (InterruptedException e) {
                            throw new IllegalStateException(e);
                          }
                        })
                        .start()));
    began.await();
    program.stop();

    assertEquals(List.of(), program.said("s", Level.WARNING));
  }
}
