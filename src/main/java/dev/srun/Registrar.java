package dev.srun;

import java.util.function.Consumer;

/**
 * Takes a program's registrations, in start order. Each registration is started when the one before
 * is {@link ServiceState#RUNNING}, and stopped when the one after is {@link ServiceState#STOPPED}.
 *
 * <p>Used by {@link Setup} on one thread; every method throws {@link IllegalStateException} once
 * the setup has returned. Names are refused with a {@link MisconfiguredException} (exit code 2)
 * when they are blank, contain control characters, or are taken; so is an instance that is
 * registered already.
 */
public interface Registrar {

  /**
   * Registers a service.
   *
   * @param name the name it has in states, logs and reports
   * @param service the service; no code of its is run yet
   * @return the registration, for its options
   */
  Registration service(String name, Service service);

  /**
   * Registers code that exists: a server or a client with a start and a stop of its own. The
   * service is ready when {@code start} has returned, which may take as long as the ready limit (1
   * min), and stays RUNNING until it is stopped. {@code stop} is called once, when {@code start}
   * has returned; where the program is stopped before, {@code start} is interrupted, and {@code
   * stop} is called when it has ended.
   *
   * @param name as of any service
   * @param start begins the work and returns
   * @param stop ends it
   * @return the registration, for its options
   * @throws MisconfiguredException as for any service
   */
  Registration service(String name, Task start, Task stop);

  /**
   * Registers a task: ready as soon as it is entered, completed when it returns. A program in which
   * only tasks were registered ends when all of them are completed.
   *
   * @param name the task's name
   * @param task its body; a throw fails the program
   * @return the registration, for its options
   */
  Registration task(String name, Task task);

  /**
   * Registers the main task of a command-line program: its completion ends the program. A signal
   * that cuts it off gives the shell's exit code (130, 143). The log of a program with a main task
   * shows warnings and errors only, unless a level is configured.
   *
   * @param name the task's name
   * @param task its body; a throw fails the program
   * @return the registration, for its options
   */
  Registration main(String name, Task task);

  /**
   * Registers something that only has an init: it must succeed before the next registration starts,
   * and what it {@linkplain Context#own owns} is closed when its turn to stop comes. It keeps no
   * program running.
   *
   * @param name its name
   * @param init its body, called with the init limit
   * @return the registration, for its options
   */
  Registration init(String name, Task init);

  /**
   * Registers a group: its members start side by side and stop side by side. The group is ready
   * when all of its members are; the failure of one while starting ends the start of the others.
   *
   * @param members registers the members; called at once, on this thread
   */
  void group(Consumer<Group> members);

  /**
   * Hands something over that was opened during setup. It is closed after the last service stopped,
   * the last one owned first, also when the setup fails.
   *
   * @param resource what to close
   * @param <T> its type
   * @return {@code resource}
   */
  <T extends AutoCloseable> T own(T resource);

  /**
   * Has the program's own function judge how well it is, in place of the worst of its services. It
   * is listed among the services as {@code (health)}.
   *
   * @param function judges; see there when and on which thread
   * @throws MisconfiguredException if there is one already
   */
  void judgeHealth(HealthFunction function);

  /**
   * Has the program's own function decide whether it can be given work, in place of the health of
   * its critical services: it is not ready while the judgement is UNHEALTHY. Nor is it, whatever
   * the judgement, before every service is RUNNING and from the moment on when a stop was asked
   * for. It is listed among the services as {@code (readiness)}.
   *
   * @param function judges; see there when and on which thread
   * @throws MisconfiguredException if there is one already
   */
  void judgeReadiness(HealthFunction function);

  /**
   * Adds a listener that is told of every state change of every service, in order.
   *
   * @param listener called on the one virtual thread of all listeners; a slow one delays the
   *     others, and the end of the program by what is left of the grace at most
   */
  void onStateChange(StateListener listener);
}
