package dev.srun;

import java.time.Duration;
import java.util.concurrent.Delayed;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;

/** Ends the executors of one service, and logs how many tasks never began. Any thread. */
record ExecutorEnd(Slot slot, Program program) {

  /** Does what {@link Context#await} says. */
  boolean await(ExecutorService executor, Duration limit) throws InterruptedException {
    executor.shutdown();
    Duration wait = shorter(limit, slot.context().remaining());
    try {
      if (executor.awaitTermination(wait.toNanos(), TimeUnit.NANOSECONDS)) {
        return true;
      }
    } catch (InterruptedException e) {
      shutdownNow(executor, "an executor was interrupted while it was awaited");
      throw e;
    }
    shutdownNow(executor, "an executor was not done after " + Durations.text(wait));
    Duration moment = shorter(StopSequence.AFTER_INTERRUPT, slot.context().remaining());
    executor.awaitTermination(moment.toNanos(), TimeUnit.NANOSECONDS);
    return false;
  }

  /** Never negative, and never too long for a count of nanoseconds. */
  private static Duration shorter(Duration one, Duration other) {
    Duration shorter = one.compareTo(other) < 0 ? one : other;
    return shorter.isNegative() ? Duration.ZERO : shorter;
  }

  /**
   * Interrupts the tasks that run and drops the others.
   *
   * @param why begins the line about those that were dropped
   */
  void shutdownNow(ExecutorService executor, String why) {
    int neverBegan = 0;
    for (Runnable task : executor.shutdownNow()) {
      neverBegan += isDue(task) ? 1 : 0;
    }
    if (neverBegan > 0) {
      program
          .log()
          .warning(program.loggerName(slot), why + "; tasks that never began: " + neverBegan);
      if (slot.isStopping()) {
        slot.context().cutOff("tasks", neverBegan);
      }
    }
  }

  /** What a scheduler keeps for later was not to begin yet. */
  private static boolean isDue(Runnable task) {
    return !(task instanceof Delayed later) || later.getDelay(TimeUnit.NANOSECONDS) <= 0;
  }
}
