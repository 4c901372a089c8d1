package dev.srun;

/**
 * A {@link Service} that exercises itself before clients reach it, so that the first of them do not
 * wait for classes to be loaded and code to be compiled.
 *
 * <p>By default only in a program that takes another one's place; see {@link Config#warmUp}.
 */
@FunctionalInterface
public interface WarmedUp {

  /**
   * Exercises the service. Called once, on a thread of its own, when the service is ready and
   * before it is RUNNING, so before its first {@linkplain HealthChecked check}. Never fails a
   * start: what it throws is logged, and when its {@linkplain Config#warmUpTimeout limit} passes,
   * which {@link Context#remaining()} tells, it is interrupted and the start goes on without it. A
   * stop interrupts it as well.
   *
   * <p>It should leave no trace: the program may yet be stopped before it has served anybody, and
   * the one whose place it takes is at work.
   *
   * @param ctx the service's
   * @throws Exception to have it logged as a warning
   * @see dev.srun.http.HttpListener#rehearse
   */
  void warmUp(Context ctx) throws Exception;
}
