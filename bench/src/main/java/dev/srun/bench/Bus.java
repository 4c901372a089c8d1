package dev.srun.bench;

import dev.srun.Health;

/** Something that hands what is published to every subscriber it was opened with. */
@FunctionalInterface
interface Bus extends AutoCloseable {

  /** Hands out a health; returns when the publisher may go on. */
  void publish(Health health);

  @Override
  default void close() {}
}
