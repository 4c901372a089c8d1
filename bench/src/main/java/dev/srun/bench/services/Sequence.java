package dev.srun.bench.services;

import java.util.concurrent.CountDownLatch;

/** Services that are started in order, once, and stopped in reverse. */
interface Sequence extends AutoCloseable {

  /** Starts them all; returns when the last one is ready. */
  void start() throws InterruptedException;

  /** Stops them all; returns when every run has ended. */
  void stop() throws InterruptedException;

  /** Starts them all, and stops them. */
  default void startAndStop() throws InterruptedException {
    start();
    stop();
  }

  /** Gives back what is not part of stopping the services. */
  @Override
  default void close() {}

  /** Waits where no interrupt may be thrown; it is kept. */
  static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
