package dev.srun.bench.services;

/** Services that are started in order, once, and stopped in reverse. */
interface Sequence extends AutoCloseable {

  /** Starts them all; returns when the last one is ready. */
  void start() throws InterruptedException;

  /** Stops them all; returns when every run has ended. */
  void stop() throws InterruptedException;

  /** Gives back what is not part of stopping the services. */
  @Override
  default void close() {}
}
