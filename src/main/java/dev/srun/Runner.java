package dev.srun;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

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
   * Returns a number that is another one when a state or a health may have become another: for who
   * keeps what was made of {@link #status()} for a moment. It says nothing of what is only compared
   * with the clock, as {@linkplain #isLive() liveness}, nor of {@linkplain Context#describe facts}.
   *
   * @return the number; odd while something changes, so that what is read meanwhile is not kept
   */
  long changes();

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
   * Returns why the program does not go on: which loop is silent, or who keeps virtual threads from
   * running.
   *
   * @return one line; empty while the program is live
   */
  String whyNotLive();

  /**
   * Looks where the threads of each service stand now: those of its phases, and those of its own
   * {@linkplain Context#threads scope}. Costs a stack for each; may be called from a platform
   * thread while virtual threads make no progress.
   *
   * @return the threads that are known to belong to a service, by its name, in start order; no
   *     entry for a service that has none
   */
  Map<String, List<ThreadSnapshot>> threads();

  /**
   * Returns what was counted of checks and notifications since the runner started.
   *
   * @return a snapshot
   */
  HealthFigures healthFigures();

  /**
   * Sets the lowest level that is logged, until the program ends or it is set again. Only where
   * srun writes the log itself, which is under {@link Srun#runOrExit} in a program that configured
   * no logging of its own.
   *
   * @param scope a logger's name, for it and those below it; empty for all that have none of their
   *     own
   * @param lowest the level; null to go back to what counts without it
   * @return whether it was set: false where the log is not srun's
   */
  boolean logLevel(String scope, System.Logger.@Nullable Level lowest);

  /**
   * Returns the lowest levels that are logged, by scope; that of the empty scope counts for all
   * others.
   *
   * @return the levels; empty where the log is not srun's
   */
  Map<String, System.Logger.Level> logLevels();

  /**
   * Asks for the program to be replaced by a new process of it, which inherits what it listens on:
   * no connection is refused. What SIGHUP does where upgrades are {@linkplain Config#upgradable
   * on}. This process goes on as if nothing had been until the other one accepts; then it answers
   * what it has, and stops with {@link Cause.Upgraded}.
   *
   * @param by who asks, for the log
   * @return what becomes of it: known when the other process accepts connections, or has failed
   */
  CompletionStage<UpgradeOutcome> upgrade(String by);

  /**
   * Returns how often an upgrade was asked for, by what became of it.
   *
   * @return a snapshot
   */
  UpgradeFigures upgradeFigures();

  /**
   * Asks the program to stop. The first call, signal or failure is the one that counts; readiness
   * is false when this method returns, the stop itself goes on without the caller.
   *
   * @param reason why, for the log and the {@link Exit}: one line, cut where it is too long
   */
  void stop(String reason);

  /**
   * Asks the program to stop, as {@link #stop(String)}, and says with which code the process is to
   * end: for a program that has found what its caller must be told. The code counts if the stop is
   * the first thing that happens and nothing fails or is forced in it; else {@link ExitCodes}
   * decide.
   *
   * @param reason why, for the log and the {@link Exit}: one line, cut where it is too long
   * @param code the exit code, from 0 to 255
   * @throws IllegalArgumentException if the code is not within 0 to 255
   */
  void stop(String reason, int code);
}
