package dev.srun;

import java.util.concurrent.ScheduledExecutorService;
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
   * <p>The threads are numbered: {@code service-name-1}, {@code service-name-2}. What such a thread
   * throws and nothing catches is logged at ERROR with the service's name. A handler that the
   * program sets on the thread is called instead, and a default handler of the program's as well.
   *
   * <p>An executor that is owned ({@link Context#own}) is closed in its turn, and completes its
   * tasks. A thread pool of the JDK's that is not owned is shut down when the service is closed:
   * tasks that run are interrupted, tasks that have not begun are dropped, and a WARNING has their
   * number.
   *
   * @param name the start of each thread's name, after the service's
   * @return the factory
   */
  ThreadFactory virtual(String name);

  /**
   * Returns a factory of daemon platform threads of this scope, for an executor whose tasks pin or
   * keep a processor busy. Otherwise as {@link #virtual}.
   *
   * @param name the start of each thread's name, after the service's
   * @return the factory
   */
  ThreadFactory platform(String name);

  /**
   * Makes a scheduler, owned by the service. It has one platform thread, so that its tasks run one
   * after another, also while virtual threads make no progress. A task that takes long begins a
   * virtual thread for that.
   *
   * <p>A throw of a task is logged at ERROR with its stack trace and counted in a fact of the
   * service; the future of a single run has it too. A throw never ends the schedule of a periodic
   * task; cancel its future to end it. Of a periodic task that throws more often than once a second
   * the log has one throw a second.
   *
   * <p>When the service is closed no run begins any more. A run that goes on has what is left of
   * the {@linkplain Registration#stopTimeout time for closing}, less a tenth. Then it is
   * interrupted, and that counts as a failure. Delayed tasks are dropped, and the log has their
   * number.
   *
   * @param name the start of the thread's name, after the service's; also for the log
   * @return the scheduler
   * @throws IllegalStateException if the service was closed already
   */
  ScheduledExecutorService scheduler(String name);
}
