package dev.srun;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A program that is closed, or waited for, on a thread that has to end before it can. */
class OwnThreadTest {
  private static final Config CONFIG =
      Config.named("t").withoutSignals().withoutAdmin().withoutTelemetry();

  /** What is done with the program, and what came of it. */
  record Deed(CompletableFuture<Running> program, CompletableFuture<String> result) {
    void act() {
      try {
        Running its = program.get(10, SECONDS);
        assertThrows(IllegalStateException.class, its::await);
        assertThrows(IllegalStateException.class, () -> its.await(Duration.ZERO));
        its.close();
        result.complete(its.toString());
      } catch (Throwable e) {
        result.completeExceptionally(e);
      }
    }
  }

  /** Whose thread it is. */
  enum Place {
    RUN {
      @Override
      void register(Registrar app, Deed deed) {
        app.service(
            "s",
            ctx -> {
              ctx.ready();
              deed.act();
            });
      }
    },
    THREAD {
      @Override
      void register(Registrar app, Deed deed) {
        app.service("s", ctx -> ctx.threads().start("t", own -> deed.act()));
      }
    },
    EXECUTOR {
      @Override
      void register(Registrar app, Deed deed) {
        app.service(
            "s",
            ctx -> {
              ExecutorService executor =
                  ctx.own(Executors.newSingleThreadExecutor(ctx.threads().platform("e")));
              executor.execute(deed::act);
            });
      }
    },
    STATE_LISTENER {
      @Override
      void register(Registrar app, Deed deed) {
        app.service("s", ctx -> {});
        app.onStateChange(change -> {
          if (change.to() == ServiceState.RUNNING) {
            deed.act();
          }
        });
      }
    },
    HEALTH_LISTENER {
      @Override
      void register(Registrar app, Deed deed) {
        app.service("s", ctx -> ctx.health().subscribe("other", change -> deed.act()));
        app.service(
            "other",
            ctx -> {
              ctx.ready();
              ctx.health().report(Health.degraded("slow"));
            });
      }
    },
    CHECK {
      @Override
      void register(Registrar app, Deed deed) {
        app.service("s", new Checked(deed)).checkInterval(Duration.ofMillis(10));
      }
    };

    abstract void register(Registrar app, Deed deed);
  }

  private static final class Checked implements Service, HealthChecked {
    private final Deed deed;

    Checked(Deed deed) {
      this.deed = deed;
    }

    @Override
    public void run(Context ctx) {
      // the check is what matters
    }

    @Override
    public Health check() {
      if (deed.program.isDone() && !deed.result.isDone()) {
        deed.act();
      }
      return Health.healthy();
    }
  }

  @ParameterizedTest
  @EnumSource
  void closeOnItAsksAndReturnsAtOnceAndAwaitIsRefused(Place place) throws Exception {
    Deed deed = new Deed(new CompletableFuture<>(), new CompletableFuture<>());
    Running program = Srun.start(CONFIG, app -> place.register(app, deed));
    deed.program.complete(program);

    assertEquals("t (stopping, asked: closed)", deed.result.get(10, SECONDS));
    Exit exit = program.await();
    assertEquals("exit 0 (clean): asked: closed", exit.toString());
    assertEquals("t (exit 0 (clean): asked: closed)", program.toString());
  }

  @Test
  void aProgramWithinAServiceOfAnotherIsWaitedForThere() throws Exception {
    CompletableFuture<String> inner = new CompletableFuture<>();
    Exit outer =
        Srun.run(
            CONFIG,
            app ->
                app.main(
                    "m",
                    ctx -> {
                      Running its = Srun.start(CONFIG, within -> within.service("s", own -> {}));
                      its.close();
                      inner.complete(its.toString());
                    }));

    assertEquals("t (exit 0 (clean): asked: closed)", inner.get());
    assertEquals(0, outer.code());
  }

  @Test
  void awaitHasALimitAndTheProgramRunsOn() throws Exception {
    CountDownLatch mayReturn = new CountDownLatch(1);
    Running program = Srun.start(CONFIG, app -> app.task("m", ctx -> mayReturn.await()));

    assertEquals("t (ready)", program.toString());
    assertEquals(Optional.empty(), program.await(Duration.ZERO));
    assertEquals(Optional.empty(), program.await(Duration.ofSeconds(-1)));
    assertEquals(Optional.empty(), program.await(Duration.ofMillis(20)));
    assertTrue(program.isReady());
    mayReturn.countDown();
    assertEquals(0, program.await(Duration.ofSeconds(Long.MAX_VALUE)).orElseThrow().code());
    assertEquals(0, program.await(Duration.ZERO).orElseThrow().code());
  }

  @Test
  void anInterruptEndsAwaitWithALimit() {
    try (Running program = Srun.start(CONFIG, app -> app.service("s", ctx -> {}))) {
      Thread.currentThread().interrupt();
      assertThrows(InterruptedException.class, () -> program.await(Duration.ofSeconds(10)));
      assertFalse(Thread.currentThread().isInterrupted());
      assertTrue(program.isReady());
    }
  }
}
