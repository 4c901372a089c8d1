package dev.srun.bench.start;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One stop of a program.
 *
 * @param stopped from TERM until it had said of the last service that this had stopped; negative
 *     for a program that says nothing
 * @param exit from TERM to the exit
 * @param rate requests that were answered per second before TERM
 * @param unanswered requests that were sent, before TERM or after, and not answered
 */
record Stop(Duration stopped, Duration exit, double rate, int unanswered) {
  private static final Duration SETTLING = Duration.ofSeconds(1);
  private static final Duration LOADED = Duration.ofSeconds(2);
  private static final String WORD = " STOPPED";

  /** Of a program that has nothing to do. */
  static Stop idle(Program program, Workshop workshop) throws IOException, InterruptedException {
    AtomicLong last = new AtomicLong();
    try (Launched launched = launch(program, workshop, last)) {
      Thread.sleep(SETTLING);
      return terminate(launched, last);
    }
  }

  /** Of a program that is asked for its page, before and meanwhile. */
  static Stop loaded(Program program, Workshop workshop) throws IOException, InterruptedException {
    AtomicLong last = new AtomicLong();
    try (Launched launched = launch(program, workshop, last)) {
      Stop stop;
      Callers callers = Callers.start(launched.pages(), program.page());
      double rate;
      try (callers) {
        Thread.sleep(SETTLING);
        int before = callers.answered();
        long begin = System.nanoTime();
        Thread.sleep(LOADED);
        rate = (callers.answered() - before) * 1e9 / (System.nanoTime() - begin);
        stop = terminate(launched, last);
      }
      return new Stop(stop.stopped(), stop.exit(), rate, callers.unanswered());
    }
  }

  private static Launched launch(Program program, Workshop workshop, AtomicLong last)
      throws IOException {
    Launched launched =
        Launched.of(
            program,
            workshop,
            line -> {
              if (line.contains(WORD)) {
                last.set(System.nanoTime());
              }
            });
    try {
      launched.awaitProbe();
      return launched;
    } catch (IOException e) {
      launched.close();
      throw e;
    }
  }

  private static Stop terminate(Launched launched, AtomicLong last)
      throws IOException, InterruptedException {
    long term = System.nanoTime();
    last.set(term - 1);
    launched.terminate();
    launched.awaitExit();
    Duration exit = Duration.ofNanos(System.nanoTime() - term);
    launched.awaitLastWord();
    return new Stop(Duration.ofNanos(last.get() - term), exit, 0, 0);
  }

  boolean isTold() {
    return !stopped.isNegative();
  }

  double stoppedMillis() {
    return stopped.toNanos() / 1e6;
  }

  double exitMillis() {
    return exit.toNanos() / 1e6;
  }
}
