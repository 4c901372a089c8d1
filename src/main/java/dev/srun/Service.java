package dev.srun;

/**
 * Something long-lived that is initialised, run, ready at some moment, and stopped.
 *
 * <p>The runner calls {@link #init}, then {@link #run} on the same thread; {@link #ready} and
 * {@link #stop} are each called on a thread of their own, and only where they are implemented. What
 * one phase wrote is visible to the phases after it and to the services that start later. Every
 * phase is bounded (see {@link Registration}); a phase that outlives its limit is interrupted,
 * reported and then left behind.
 *
 * <p>An instance belongs to one program. The same instance under two names is refused; that two
 * programs of one JVM run it at once is not noticed, since programs share nothing.
 *
 * <p>All four methods belong to user code: they may throw anything, and the runner never trusts
 * them to return.
 */
public interface Service {

  /**
   * Opens what the service needs. Called once, before {@link #run}, with the init limit (1 min).
   *
   * @param ctx the service's view of the runner, the same object in every phase
   * @throws Exception to fail the start of the whole program; {@code run} and {@code stop} are then
   *     not called, and what the service {@linkplain Context#own owns} is closed
   */
  default void init(Context ctx) throws Exception {}

  /**
   * Does the service's work. May block until the service is stopped, or start something of its own
   * and return at once; either way the service stays {@link ServiceState#RUNNING} until it is
   * stopped.
   *
   * @param ctx the service's view of the runner
   * @throws Exception to fail the program, which then stops in order. After {@link #stop} was
   *     called it is a failure of the stop (exit code 1), unless a wait ended by it: an interrupt,
   *     a closed channel or socket, or a cancellation, itself or as a cause
   */
  void run(Context ctx) throws Exception;

  /**
   * Returns when the service is ready for those that start after it. Called on a thread of its own
   * once {@link #run} is entered, with the ready limit (1 min). When this method is implemented,
   * its return is what makes the service ready; otherwise it is ready when {@code run} has returned
   * or has called {@link Context#ready()}, whichever is first.
   *
   * @param ctx the service's view of the runner
   * @throws Exception to fail the start of the whole program
   */
  default void ready(Context ctx) throws Exception {
    ctx.awaitReady();
  }

  /**
   * Ends the service gracefully. Called exactly once for every service whose {@link #run} was
   * called, on a thread of its own, also when {@code run} has returned or thrown. A run that is not
   * ready yet is interrupted first, and its end is waited for, up to half of the time: so that
   * nothing is stopped that is half started. This method should make {@code run} return and may
   * take {@link Context#remaining()} to do so; a run that goes on after this method returned is
   * waited for, and interrupted at the stop limit or the end of the grace. When it is not
   * implemented, {@link Context#isStopping()} is true from then on, what the service has
   * {@linkplain Context#work counted as work} is waited for, and {@code run} is interrupted. Either
   * way {@linkplain Context#http HTTP listeners} then answer what they have accepted.
   *
   * @param ctx the service's view of the runner
   * @throws Exception to have the stop counted as a failure (exit code 1); the other services are
   *     stopped all the same
   */
  default void stop(Context ctx) throws Exception {
    ctx.interruptRun();
  }
}
