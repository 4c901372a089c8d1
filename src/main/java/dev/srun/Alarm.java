package dev.srun;

/**
 * Turns the passing of time into a message. It may ring early, never late by more than the system's
 * wake-up. What it is set for before it rings is one ring, at the earliest of the moments.
 */
interface Alarm extends AutoCloseable {

  /** Stands for no deadline wherever one is kept. */
  long NEVER = Long.MAX_VALUE;

  /** Sees to a ring at this time or before. Cheap when a ring before that is due already. */
  void notLaterThan(long nanoTime);

  /** Says that the program is stopping, and that whoever sees to its end is to look at once. */
  void hurry();

  /** Ends the alarm. A ring may still be under way. */
  @Override
  void close();

  /** Whether {@code first} is before {@code second}; {@link #NEVER} is after everything. */
  static boolean before(long first, long second) {
    return first != NEVER && (second == NEVER || first - second < 0);
  }
}
