package dev.srun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Threads of a service's factories that are started at the moment at which the service ends. */
class LateThreadTest {
  private static final int ROUNDS = 500;
  private static final Config CONFIG =
      Config.named("t").withoutSignals().withoutAdmin().withoutTelemetry();

  private static ThreadFactory factory(Context ctx, boolean platform) {
    return platform ? ctx.threads().platform("w") : ctx.threads().virtual("w");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void oneThatWasStartedBeforeTheServiceClosedIsWaitedFor(boolean platform) throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
      AtomicBoolean ran = new AtomicBoolean();
      Running program =
          Srun.start(
              CONFIG,
              app ->
                  app.service(
                      "a",
                      ctx -> {
                        factory(ctx, platform).newThread(() -> ran.set(true)).start();
                      }));
      program.close();
      Exit exit = program.await();

      assertEquals(List.of(), exit.leaks());
      assertTrue(ran.get(), "round " + i);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void oneThatIsStartedAfterThatDoesNotRun(boolean platform) throws Exception {
    AtomicReference<Thread> made = new AtomicReference<>();
    AtomicBoolean ran = new AtomicBoolean();
    Running program =
        Srun.start(
            CONFIG,
            app ->
                app.service(
                    "a", ctx -> made.set(factory(ctx, platform).newThread(() -> ran.set(true)))));
    program.close();
    assertEquals(List.of(), program.await().leaks());
    made.get().start();
    made.get().join();

    assertFalse(ran.get());
  }

  /** Tasks come without end until the executor refuses them. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void noTaskOfAnExecutorRunsWhenTheProgramIsOver(boolean platform) throws Exception {
    for (int i = 0; i < ROUNDS / 5; i++) {
      AtomicBoolean isOver = new AtomicBoolean();
      List<String> late = new ArrayList<>();
      AtomicReference<Thread> submitter = new AtomicReference<>();
      Running program =
          Srun.start(
              CONFIG,
              app ->
                  app.service(
                      "a",
                      ctx -> {
                        ExecutorService pool =
                            Executors.newThreadPerTaskExecutor(factory(ctx, platform));
                        submitter.set(
                            Thread.ofPlatform().daemon().start(() -> submit(pool, isOver, late)));
                      }));
      program.close();
      program.await();
      isOver.set(true);
      submitter.get().join();

      synchronized (late) {
        assertEquals(List.of(), late);
      }
    }
  }

  private static void submit(ExecutorService pool, AtomicBoolean isOver, List<String> late) {
    try {
      while (true) {
        pool.execute(() -> {
          if (isOver.get()) {
            synchronized (late) {
              late.add("ran on " + Thread.currentThread());
            }
          }
        });
      }
    } catch (RejectedExecutionException | IllegalStateException closed) {
      // What the service's end is for.
    }
  }
}
