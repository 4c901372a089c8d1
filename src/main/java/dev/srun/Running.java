package dev.srun;

/** A program that was started with {@link Srun#start} and is stopped by its owner. */
public interface Running extends Runner, AutoCloseable {

  /**
   * Waits until the program has ended, for whatever reason. Does not ask it to stop.
   *
   * @return how it ended
   * @throws InterruptedException if the calling thread is interrupted; the program runs on
   */
  Exit await() throws InterruptedException;

  /**
   * Asks the program to stop and waits until it has ended, which takes at most the grace and half a
   * second. An interrupt does not cut the wait short; it is kept for the caller.
   */
  @Override
  void close();
}
