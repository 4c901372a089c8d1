package dev.srun;

/**
 * One function, run once: the body of a task, of a main task, or of an init-only registration.
 *
 * <p>Called on a thread of its own; ended early by an interrupt.
 */
@FunctionalInterface
public interface Task {

  /**
   * Does the work.
   *
   * @param ctx the task's view of the runner
   * @throws Exception to fail the program
   */
  void run(Context ctx) throws Exception;
}
