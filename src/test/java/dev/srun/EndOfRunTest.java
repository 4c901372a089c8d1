package dev.srun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A run that ends at once: returned it is ready, thrown it is not, however fast it was. */
class EndOfRunTest {
  private static final int STARTS = 300;

  private static final Config CONFIG =
      Config.named("t").withoutSignals().withoutAdmin().withoutTelemetry();

  /** How the run ends. */
  enum Kind {
    THROWS {
      @Override
      Service service() {
        return ctx -> {
          throw new IOException("no database");
        };
      }
    },
    /** The end of run wakes the thread that waits for ready. */
    THROWS_WHILE_READY_IS_AWAITED {
      @Override
      Service service() {
        return new Service() {
          @Override
          public void run(Context ctx) throws IOException {
            throw new IOException("no database");
          }

          @Override
          public void ready(Context ctx) throws InterruptedException {
            ctx.awaitReady();
          }
        };
      }
    },
    /** Another thread says that it is ready when run has thrown. */
    THROWS_AND_THEN_SAYS_READY {
      @Override
      Service service() {
        return ctx -> {
          Thread run = Thread.currentThread();
          Thread.ofVirtual()
              .start(() -> {
                try {
                  run.join();
                  ctx.ready();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
          throw new IOException("no database");
        };
      }
    };

    abstract Service service();
  }

  @ParameterizedTest
  @EnumSource
  void aRunThatThrowsAtOnceIsNeverTakenForReady(Kind kind) {
    AtomicBoolean nextBegan = new AtomicBoolean();
    AtomicInteger ran = new AtomicInteger();
    for (int i = 0; i < STARTS; i++) {
      StartFailedException failed =
          assertThrows(
              StartFailedException.class,
              () ->
                  Srun.start(
                      CONFIG,
                      app -> {
                        app.onStateChange(change -> {
                          if (change.to() == ServiceState.RUNNING && change.service().equals("a")) {
                            ran.incrementAndGet();
                          }
                        });
                        app.service("a", kind.service());
                        app.init("b", ctx -> nextBegan.set(true));
                      }));
      assertInstanceOf(Cause.Failed.class, failed.exit().cause());
    }

    assertFalse(nextBegan.get());
    assertEquals(0, ran.get());
  }

  @Test
  void aRunThatReturnsAtOnceIsReady() {
    for (int i = 0; i < STARTS; i++) {
      AtomicBoolean nextBegan = new AtomicBoolean();
      try (Running program =
          Srun.start(
              CONFIG,
              app -> {
                app.service("a", ctx -> {});
                app.init("b", ctx -> nextBegan.set(true));
              })) {
        assertEquals(ServiceState.RUNNING, program.status().service("a").state());
      }
      assertEquals(true, nextBegan.get());
    }
  }

  /** Whose text is made when the other has failed as well, and stops are called. */
  private static final class SlowText extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient CountDownLatch begins;
    private final transient CountDownLatch stopIsCalled;

    SlowText(CountDownLatch begins, CountDownLatch stopIsCalled) {
      super("thrown first");
      this.begins = begins;
      this.stopIsCalled = stopIsCalled;
    }

    @Override
    public void printStackTrace(PrintWriter to) {
      begins.countDown();
      try {
        stopIsCalled.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      super.printStackTrace(to);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatIsThrownBeforeItsStopIsCalledIsInTheExitAlsoWhereItIsHeardOfLater(boolean inThread) {
    CountDownLatch begins = new CountDownLatch(1);
    CountDownLatch stopIsCalled = new CountDownLatch(1);
    Task fails =
        ctx -> {
          throw new SlowText(begins, stopIsCalled);
        };
    Service slow =
        new Service() {
          @Override
          public void run(Context ctx) throws Exception {
            ctx.ready();
            if (inThread) {
              ctx.threads().start("t", fails);
            } else {
              fails.run(ctx);
            }
          }

          @Override
          public void stop(Context ctx) {
            stopIsCalled.countDown();
          }
        };
    Exit exit =
        Srun.run(
            CONFIG,
            app ->
                app.group(members -> {
                  members.service("first", slow);
                  members.service(
                      "second",
                      ctx -> {
                        ctx.ready();
                        begins.await();
                        throw new IllegalStateException("thrown second");
                      });
                }));

    assertEquals(
        List.of("first", "second"),
        exit.failures().stream().map(Failure::service).sorted().toList());
  }
}
