package dev.srun;

/**
 * A {@link Service} that the runner asks how well it is: once right after it became ready, and then
 * at an {@linkplain Config#healthInterval interval}.
 *
 * <p>The first answer decides about the start: UNHEALTHY, a throw or no answer in time fails it,
 * unless the service is {@linkplain Registration#nonCritical() not critical}.
 */
@FunctionalInterface
public interface HealthChecked {

  /**
   * Answers how well the service is. Called on a virtual thread of its own while the service is
   * RUNNING, never twice at a time, with a {@linkplain Config#healthTimeout limit} that {@link
   * Context#remaining()} tells. When the limit passes the answer is UNHEALTHY, the thread is
   * interrupted, and the check is not called again before it has returned.
   *
   * @return how well; null counts as UNHEALTHY
   * @throws Exception to say UNHEALTHY, with the exception as the reason
   */
  Health check() throws Exception;
}
