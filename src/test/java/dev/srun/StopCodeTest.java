package dev.srun;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** A stop that says with which code the process is to end. */
class StopCodeTest {

  private static Exit stopWith(int code, Task... beside) {
    return Srun.run(
        Config.named("t").withoutSignals().withoutAdmin().withoutTelemetry(),
        app -> {
          for (Task each : beside) {
            app.service("beside", each::run);
          }
          app.main("m", ctx -> ctx.runner().stop("no input", code));
        });
  }

  @Test
  void aCleanStopEndsWithTheCodeThatItWasAskedFor() {
    Exit exit = stopWith(64);

    assertEquals("exit 64 (clean): asked: no input", exit.toString());
    assertEquals(new Cause.Asked("no input", 64), exit.cause());
    assertEquals(0, stopWith(0).code());
  }

  @Test
  void aStopThatFailsEndsWithTheCodeOfAFailure() {
    Exit exit =
        stopWith(
            64,
            ctx -> {
              ctx.own(() -> {
                throw new IOException("on purpose");
              });
            });

    assertEquals("exit 1 (failures): asked: no input", exit.toString());
  }

  @Test
  void whatIsNoExitCodeIsRefused() {
    for (int code : new int[] {-1, 256, Integer.MAX_VALUE}) {
      Exit exit = stopWith(code);
      assertEquals(1, exit.code());
      assertEquals(
          "exit code " + code + ": expected 0 to 255",
          exit.failures().getFirst().error().getMessage());
    }
  }
}
