package dev.srun;

/**
 * Takes the members of a group: services that start, and stop, side by side. The rules for names
 * and instances are those of {@link Registrar}.
 */
public interface Group {

  /**
   * Registers a service as a member.
   *
   * @param name its name
   * @param service the service
   * @return the registration, for its options
   */
  Registration service(String name, Service service);

  /**
   * Adds code that exists, as {@link Registrar#service(String, Task, Task)}.
   *
   * @param name as of any service
   * @param start begins the work and returns
   * @param stop ends it
   * @return the registration, for its options
   * @throws MisconfiguredException as for any service
   */
  Registration service(String name, Task start, Task stop);

  /**
   * Registers a task as a member.
   *
   * @param name its name
   * @param task its body
   * @return the registration, for its options
   */
  Registration task(String name, Task task);

  /**
   * Registers an init-only member.
   *
   * @param name its name
   * @param init its body
   * @return the registration, for its options
   */
  Registration init(String name, Task init);
}
