package dev.srun;

import java.util.concurrent.ThreadFactory;

/**
 * The scope of one service's own threads. They end with the service: when it is closed they are
 * interrupted and waited for, and one that does not end makes the service a straggler.
 *
 * <p>Every thread of a program finds the same surroundings, whichever thread asked for it: the
 * context class loader of the thread that started the program, normal priority, and no values of
 * {@link InheritableThreadLocal}s.
 *
 * <p>Usable from any thread until the service is closed; a thread that is asked for after that is
 * refused with an {@link IllegalStateException}. One that was made before and is started after that
 * does not run: a WARNING says so.
 */
public interface ServiceThreads {

  /**
   * Starts a virtual thread. When the task throws, that counts as if the service's {@linkplain
   * Service#run run} had thrown.
   *
   * @param name the thread's name, after the service's
   * @param task what it does
   * @return the thread, started
   */
  Thread start(String name, Task task);

  /**
   * Returns a factory of virtual threads of this scope, for an executor.
   *
   * @param name the start of each thread's name, after the service's
   * @return the factory
   */
  ThreadFactory virtual(String name);

  /**
   * Returns a factory of daemon platform threads of this scope, for an executor whose tasks pin or
   * keep a processor busy.
   *
   * @param name the start of each thread's name, after the service's
   * @return the factory
   */
  ThreadFactory platform(String name);
}
