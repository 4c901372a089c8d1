package dev.srun.process;

import dev.srun.Context;
import dev.srun.Runner;
import dev.srun.Srun;
import java.time.Duration;

/** A program whose loop stands still for a while, and that says what a probe would see of it. */
final class Live {
  private static final Duration OFTEN = Duration.ofMillis(20);

  /** Longer than it takes to be noticed. */
  private static final Duration STANDS = Duration.ofSeconds(4);

  private Live() {}

  /** Its loop beats, waits for something, and beats again. */
  static final class Waiting {
    public static void main(String[] args) {
      Srun.runOrExit(
          "live",
          app -> {
            app.service("probe", Live::probe);
            app.service("loop", Waiting::loop).beatWithin(Duration.ofSeconds(1));
            app.service("other", ctx -> {});
          });
    }

    private static void loop(Context ctx) throws InterruptedException {
      ctx.ready();
      standStill();
      while (true) {
        ctx.alive();
        Thread.sleep(OFTEN);
      }
    }

    private static void standStill() throws InterruptedException {
      Thread.sleep(STANDS);
    }
  }

  /** Its loop keeps the only carrier of virtual threads for a while. */
  static final class Spinning {
    public static void main(String[] args) {
      Srun.runOrExit(
          "live",
          app -> {
            app.service("probe", Live::probe);
            app.service(
                "spinner",
                ctx -> {
                  ctx.ready();
                  while (!ctx.runner().isReady()) {
                    Thread.sleep(OFTEN);
                  }
                  spin();
                });
          });
    }

    private static void spin() {
      long end = System.nanoTime() + STANDS.toNanos();
      while (System.nanoTime() - end < 0) {
        Thread.onSpinWait();
      }
    }
  }

  private static void probe(Context ctx) {
    Thread.ofPlatform().daemon().start(() -> watch(ctx.runner()));
  }

  private static void watch(Runner runner) {
    int changes = 0;
    boolean was = false;
    while (!Thread.currentThread().isInterrupted()) {
      boolean is = runner.isLive();
      if (is != was) {
        System.out.println(++changes + (is ? " live" : " not live"));
      }
      was = is;
      try {
        Thread.sleep(OFTEN);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
