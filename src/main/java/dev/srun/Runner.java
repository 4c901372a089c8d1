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
   * Asks the program to stop. The first call, signal or failure is the one that counts; readiness
   * is false when this method returns, the stop itself goes on without the caller.
   *
   * @param reason why, for the log and the {@link Exit}
   */
  void stop(String reason);
}
