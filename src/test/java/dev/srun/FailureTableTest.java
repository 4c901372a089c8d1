package dev.srun;

import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedSelectorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * What a throw leads to: in each phase, at each moment, of each kind, by a program that does it.
 * README has the same table.
 */
class FailureTableTest {
  private static final Path README = Path.of("README.md");

  /** What is thrown. */
  private enum Kind {
    EXCEPTION,
    ERROR,
    TIMEOUT_OF_A_SOCKET,
    RESET_CONNECTION,
    INTERRUPT,
    INTERRUPT_AS_A_CAUSE,
    INTERRUPTED_READ,
    CLOSED_CHANNEL,
    CLOSED_SELECTOR,
    CLOSED_SOCKET,
    CANCELLED_FUTURE;

    Throwable make() {
      return switch (this) {
        case EXCEPTION -> new IOException("disk full");
        case ERROR -> new LinkageError("thrown on purpose");
        case TIMEOUT_OF_A_SOCKET -> new SocketTimeoutException("Read timed out");
        case RESET_CONNECTION -> new SocketException("Connection reset");
        case INTERRUPT -> new InterruptedException();
        case INTERRUPT_AS_A_CAUSE -> new IllegalStateException(new InterruptedException());
        case INTERRUPTED_READ -> new InterruptedIOException();
        case CLOSED_CHANNEL -> new AsynchronousCloseException();
        case CLOSED_SELECTOR -> new ClosedSelectorException();
        case CLOSED_SOCKET -> new SocketException("Socket closed");
        case CANCELLED_FUTURE -> new CancellationException();
      };
    }

    boolean endsWait() {
      return compareTo(INTERRUPT) >= 0;
    }
  }

  /** When it is thrown. */
  private enum Moment {
    BEFORE_ITS_STOP,
    IN_ITS_STOP,
    AFTER_ITS_TIME;

    boolean isPossible(Phase phase) {
      return switch (phase) {
        case SETUP, INIT, READY, RUN, WARM_UP, CHECK -> this != AFTER_ITS_TIME;
        case DRAIN -> this != IN_ITS_STOP;
        case STOP, CLOSE -> this != BEFORE_ITS_STOP;
      };
    }
  }

  /** A program whose service throws so. */
  private static final class Throwing implements Service, WarmedUp, HealthChecked {
    private final FakeHost host = new FakeHost().keepsLog();
    private final Phase phase;
    private final Moment moment;
    private final Throwable error;
    private @Nullable Context context;
    private boolean checkedOnce;
    private boolean wasUnhealthy;

    Throwing(Phase phase, Moment moment, Kind kind) {
      this.phase = phase;
      this.moment = moment;
      this.error = kind.make();
    }

    /** In a word. */
    String consequence() {
      host.at(
          ofSeconds(5),
          () -> {
            Context its = context;
            if (its != null) {
              HealthStatus status = its.runner().status().service("s").health().status();
              wasUnhealthy = status == HealthStatus.UNHEALTHY;
            }
          });
      host.signalAt(ofSeconds(10), "TERM", 15);
      Exit exit =
          host.run(
              Config.named("t")
                  .grace(ofSeconds(30))
                  .drain(ofSeconds(5))
                  .warmUp(WarmUp.ALWAYS)
                  .healthInterval(ofSeconds(1)),
              app -> {
                throwIn(Phase.SETUP);
                app.service("s", this).stopTimeout(ofSeconds(2));
              });
      if (exit.failures().stream().anyMatch(failure -> failure.error().equals(error))) {
        assertEquals(1, exit.code());
        return "failure";
      }
      return wasUnhealthy ? "UNHEALTHY" : levelOfItsLine();
    }

    private String levelOfItsLine() {
      return host.said().stream()
          .filter(line -> line.text().contains(error.getClass().getName()))
          .map(line -> line.level().toString())
          .findFirst()
          .orElse("nothing");
    }

    private void throwIn(Phase now) throws Exception {
      if (now != phase) {
        return;
      }
      if (phase == Phase.SETUP) {
        if (moment == Moment.IN_ITS_STOP) {
          host.signal("TERM", 15);
        }
      } else if (moment == Moment.IN_ITS_STOP ? !isEnd(phase) : moment == Moment.AFTER_ITS_TIME) {
        try {
          host.hang();
        } catch (InterruptedException e) {
          // The runner's, and what follows is the answer.
        }
      }
      if (error instanceof Error its) {
        throw its;
      }
      throw (Exception) error;
    }

    private static boolean isEnd(Phase phase) {
      return phase == Phase.STOP || phase == Phase.CLOSE;
    }

    @Override
    public void init(Context ctx) throws Exception {
      context = ctx;
      ctx.own(() -> throwIn(Phase.CLOSE));
      ctx.onDrain(own -> throwIn(Phase.DRAIN));
      throwIn(Phase.INIT);
    }

    @Override
    public void run(Context ctx) throws Exception {
      if (phase == Phase.RUN && moment == Moment.BEFORE_ITS_STOP) {
        ctx.ready();
        host.sleep(ofSeconds(1));
      }
      throwIn(Phase.RUN);
      if (phase != Phase.READY) {
        ctx.ready();
      }
      host.hang();
    }

    @Override
    public void ready(Context ctx) throws Exception {
      throwIn(Phase.READY);
      if (phase != Phase.RUN) {
        ctx.awaitReady();
      }
    }

    @Override
    public void warmUp(Context ctx) throws Exception {
      throwIn(Phase.WARM_UP);
    }

    @Override
    public Health check() throws Exception {
      if (checkedOnce) {
        throwIn(Phase.CHECK);
      }
      checkedOnce = true;
      return Health.healthy();
    }

    @Override
    public void stop(Context ctx) throws Exception {
      throwIn(Phase.STOP);
      ctx.interruptRun();
    }
  }

  private static String cell(Phase phase, Moment moment, boolean endsWait) {
    if (!moment.isPossible(phase)) {
      return "";
    }
    TreeSet<String> found = new TreeSet<>();
    for (Kind kind : Kind.values()) {
      if (kind.endsWait() == endsWait) {
        found.add(new Throwing(phase, moment, kind).consequence());
      }
    }
    return String.join(" or ", found);
  }

  private static String row(Phase phase) {
    List<String> cells = new ArrayList<>(List.of("`" + phase + "`"));
    for (Moment moment : Moment.values()) {
      String other = cell(phase, moment, false);
      String endOfWait = cell(phase, moment, true);
      cells.add(other.equals(endOfWait) ? other : other + "; " + endOfWait + " if it ends a wait");
    }
    return "| " + String.join(" | ", cells) + " |";
  }

  @Test
  void theTableInTheReadmeIsWhatProgramsDo() throws IOException {
    List<String> rows = Arrays.stream(Phase.values()).map(FailureTableTest::row).toList();
    String readme = Files.readString(README);

    assertTrue(
        readme.contains(String.join("\n", rows)),
        () -> "README has not these rows:\n" + String.join("\n", rows));
  }

  @Test
  void aThreadOfTheServiceCountsAsItsRun() {
    for (Kind kind : Kind.values()) {
      for (boolean inStop : new boolean[] {false, true}) {
        FakeHost host = new FakeHost();
        Throwable error = kind.make();
        host.signalAt(ofSeconds(10), "TERM", 15);
        Exit exit =
            host.run(
                Config.named("t"),
                app ->
                    app.service(
                        "s",
                        ctx -> {
                          ctx.threads()
                              .start(
                                  "t",
                                  own -> {
                                    if (inStop) {
                                      hang(host);
                                    }
                                    if (error instanceof Error its) {
                                      throw its;
                                    }
                                    throw (Exception) error;
                                  });
                        }));

        assertEquals(
            inStop && kind.endsWait() ? 0 : 1, exit.failures().size(), () -> kind + ", " + inStop);
      }
    }
  }

  private static void hang(FakeHost host) {
    try {
      host.hang();
    } catch (InterruptedException e) {
      // The runner's, and what follows is the answer.
    }
  }

  @Test
  void causesThatGoInACircleOrFailAreNoEndOfAWait() {
    Exception circle = new Exception();
    circle.initCause(new Exception(circle));
    Exception fails =
        new Exception() {
          private static final long serialVersionUID = 1L;

          @Override
          public synchronized Throwable getCause() {
            throw new IllegalStateException("on purpose");
          }
        };
    for (Exception error : List.of(circle, fails)) {
      Exit exit =
          Srun.run(
              Config.named("t").withoutSignals().withoutAdmin().withoutTelemetry(),
              app -> {
                app.service(
                    "s",
                    new Service() {
                      private final CountDownLatch stopped = new CountDownLatch(1);

                      @Override
                      public void run(Context ctx) throws Exception {
                        ctx.ready();
                        stopped.await();
                        throw error;
                      }

                      @Override
                      public void stop(Context ctx) {
                        stopped.countDown();
                      }
                    });
                app.main("m", ctx -> {});
              });

      assertEquals(
          Stream.of(error).toList(), exit.failures().stream().map(Failure::error).toList());
      assertEquals(1, exit.code());
    }
  }
}
