package dev.srun.bench.start;

import java.io.IOException;
import java.time.Duration;

/**
 * One start of a program and its stop.
 *
 * @param up from exec to the first 200 of the probe, or to the exit of a program that has none
 * @param exit from TERM to the exit; zero for a program that ends by itself
 * @param rssKb its memory when it was up; zero for a program that ends by itself
 */
record Start(Duration up, Duration exit, long rssKb) {

  static Start of(Program program, Workshop workshop) throws IOException, InterruptedException {
    try (Launched launched = Launched.of(program, workshop)) {
      if (!program.serves()) {
        launched.awaitExit();
        return new Start(since(launched.begin()), Duration.ZERO, 0);
      }
      launched.awaitProbe();
      Duration up = since(launched.begin());
      long rss = launched.rssKb();
      long term = System.nanoTime();
      launched.terminate();
      launched.awaitExit();
      return new Start(up, since(term), rss);
    }
  }

  private static Duration since(long begin) {
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  double upMillis() {
    return up.toNanos() / 1e6;
  }

  double exitMillis() {
    return exit.toNanos() / 1e6;
  }

  double rssMegabytes() {
    return rssKb / 1024.0;
  }
}
