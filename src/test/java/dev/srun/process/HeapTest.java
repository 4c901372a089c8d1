package dev.srun.process;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.srun.Config;
import dev.srun.Context;
import dev.srun.Exit;
import dev.srun.Phase;
import dev.srun.Setup;
import dev.srun.Srun;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A heap that is full and stays so: the stops are called as well as can be, and it ends in time.
 */
@Isolated("its programs collect garbage on every processor")
class HeapTest {

  /**
   * For a grace of 1 s: half a second more is srun's, 0.3 s the JVM's, the rest a busy machine's
   * whose garbage collector finds nothing.
   */
  private static final Duration GRACE_OF_1S = Duration.ofMillis(3500);

  /** Fills the heap in one phase, up to the last object, and keeps what it has made. */
  static final class FillsTheHeap extends Spoken {

    private static volatile @Nullable Object kept;

    private final Phase phase;

    FillsTheHeap(String phase) {
      this.phase = Phase.valueOf(phase);
    }

    @Override
    public void init(Context ctx) throws Exception {
      super.init(ctx);
      fillIn(Phase.INIT);
    }

    @Override
    public void run(Context ctx) throws Exception {
      super.run(ctx);
      ctx.ready();
      if (phase == Phase.RUN) {
        awaitUp(ctx);
      }
      fillIn(Phase.RUN);
    }

    @Override
    public void stop(Context ctx) throws Exception {
      super.stop(ctx);
      fillIn(Phase.STOP);
    }

    private static void awaitUp(Context ctx) throws InterruptedException {
      while (!ctx.runner().status().ready()) {
        Thread.sleep(Duration.ofMillis(5));
      }
    }

    private void fillIn(Phase now) {
      if (now == phase) {
        System.out.println("fills");
        fill();
      }
    }

    private static void fill() {
      for (int size = 1 << 16; size > 0; size /= 16) {
        try {
          while (true) {
            kept = new Object[] {kept, new byte[size]};
          }
        } catch (OutOfMemoryError e) {
          if (size == 1) {
            throw e;
          }
        }
      }
    }

    static void forget() {
      kept = null;
    }

    static Setup program(String phase) {
      return app -> {
        app.service("database", new Spoken());
        app.service("cache", new FillsTheHeap(phase));
        app.service("api", new Spoken());
      };
    }

    public static void main(String[] args) {
      Srun.runOrExit("heap", program(args[0]));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"INIT", "RUN", "STOP"})
  void theProcessEndsInTime(Phase phase) throws Exception {
    try (var program = start(FillsTheHeap.class, phase)) {
      int code = program.awaitExit(GRACE_OF_1S);
      assertTrue(Set.of(1, 3).contains(code), () -> "exit " + code);
    }
  }

  /** Has memory again once its program has ended. */
  static final class Embeds {
    public static void main(String[] args) {
      Exit exit = Srun.run(Config.named("heap"), FillsTheHeap.program(args[0]));
      FillsTheHeap.forget();
      System.out.println("returned " + exit.code());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"INIT", "RUN", "STOP"})
  void runReturnsInTime(Phase phase) throws Exception {
    try (var program = start(Embeds.class, phase)) {
      program.assertExit(0, GRACE_OF_1S);
      List<String> said = program.stdout(); // a stop that was given up may say something after that
      assertTrue(said.contains("returned 1") || said.contains("returned 3"), said::toString);
    }
  }

  /** Keeps the heap full, whatever OutOfMemoryErrors come: nothing of it can be saved. */
  static final class KeepsItFull {
    public static void main(String[] args) {
      Srun.runOrExit("heap", app -> app.service("cache", KeepsItFull::run));
    }

    private static void run(Context ctx) throws IOException {
      ctx.ready();
      Told.line();
      System.out.println("fills");
      while (true) {
        try {
          FillsTheHeap.fill();
        } catch (OutOfMemoryError e) {
          // What somebody else gave back is taken, too.
        }
      }
    }
  }

  @Test
  void aProbeIsAnsweredOrItsConnectionEndsWithinFiveSecondsWhereTheHeapStaysFull()
      throws Exception {
    try (var program = ProgramUnderTest.of(KeepsItFull.class).jvm("-Xmx24m").withAdmin().start()) {
      ListenerUnderTest admin = program.awaitListener("admin");
      program.awaitUp();
      program.tell("fill");
      program.awaitLine("fills");
      for (String path : List.of("/livez", "/ready", "/health")) {
        assertAnsweredOrEnded(admin, path);
      }
      program.assertExit(3, Duration.ofSeconds(5));
      program.assertLogged("the heap has been full for two seconds: ending the process");
    }
  }

  private static void assertAnsweredOrEnded(ListenerUnderTest admin, String path) {
    try {
      admin.get(path, Duration.ofSeconds(5));
    } catch (SocketTimeoutException e) {
      fail(path + " hangs", e);
    } catch (IOException ended) {
      // By whoever ended the process.
    }
  }

  /** Returns when the heap is about to be full. */
  private static ProgramUnderTest start(Class<?> main, Phase phase) throws Exception {
    ProgramUnderTest program =
        ProgramUnderTest.of(main, phase.name())
            .jvm("-Xmx24m")
            .env("SRUN_GRACEFUL_TIMEOUT", "1s")
            .start();
    if (phase == Phase.STOP) {
      program.awaitUp();
      program.signal("TERM");
    }
    program.awaitLine("fills");
    return program;
  }
}
