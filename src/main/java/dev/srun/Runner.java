package dev.srun;

/**
 * The runner as a service or an embedding program sees it. Every method may be called from any
 * thread and none of them blocks.
 */
public interface Runner {

  /**
   * Returns the program and its services as they are now, read from memory.
   *
   * @return a snapshot
   */
  RunnerStatus status();

  /**
   * Returns how well the program is as a whole: as well as the worst of its services, but for those
   * that are {@linkplain Registration#nonCritical() not critical}, which make it DEGRADED at most;
   * the reason names the root causes. STOPPED while not every service is RUNNING. Or what the
   * program's {@linkplain Registrar#judgeHealth own function} has judged last. Read from memory.
   *
   * @return the health
   */
  Health health();

  /**
   * Returns whether the program can be given work: every service is RUNNING, no stop was asked for,
   * and none that is critical is UNHEALTHY (or the program's {@linkplain Registrar#judgeReadiness
   * own function} lets it). Read from memory.
   *
   * @return readiness
   */
  boolean isReady();

  /**
   * Returns whether the program goes on: virtual threads make progress, and each loop that is to
   * {@linkplain Context#alive beat} does. One read of memory, compared with the clock: also false
   * where nobody has looked for 5 s.
   *
   * @return liveness
   */
  boolean isLive();

  /**
   * Returns what was counted of checks and notifications since the runner started.
   *
   * @return a snapshot
   */
  HealthFigures healthFigures();

  /**
   * Asks the program to stop. The first call, signal or failure is the one that counts; readiness
   * is false when this method returns, the stop itself goes on without the caller.
   *
   * @param reason why, for the log and the {@link Exit}
   */
  void stop(String reason);
}
