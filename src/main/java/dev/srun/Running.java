package dev.srun;

import java.time.Duration;
import java.util.Optional;

/**
 * A program that was started with {@link Srun#start} and is stopped by its owner, or by a signal:
 * then the signal's former handler is given it after the end, unless a thread waits here.
 */
public interface Running extends Runner, AutoCloseable {

  /**
   * Waits until the program has ended, for whatever reason. Does not ask it to stop.
   *
   * @return how it ended
   * @throws InterruptedException if the calling thread is interrupted; the program runs on
   * @throws IllegalStateException on a thread of the program itself, which would wait for its own
   *     end
   */
  Exit await() throws InterruptedException;

  /**
   * Waits until the program has ended, but no longer than a limit. Does not ask it to stop.
   *
   * @param limit how long; zero or less only looks
   * @return how it ended; empty if it runs on
   * @throws InterruptedException if the calling thread is interrupted; the program runs on
   * @throws IllegalStateException on a thread of the program itself, which would wait for its own
   *     end
   */
  Optional<Exit> await(Duration limit) throws InterruptedException;

  /**
   * Asks the program to stop and waits until it has ended, which takes at most the grace and half a
   * second. An interrupt does not cut the wait short; it is kept for the caller.
   *
   * <p>On a thread of the program itself (a phase of a service, a thread of its {@linkplain
   * Context#threads scope}, a listener) it only asks, and a WARNING says so: the program cannot end
   * while it is waited for there.
   */
  @Override
  void close();
}
