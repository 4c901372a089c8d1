package dev.srun;

/**
 * Registers what a program consists of. Called once, on the thread that called {@link Srun}, before
 * anything is started.
 */
@FunctionalInterface
public interface Setup {

  /**
   * Registers services, tasks and groups in the order in which they shall start.
   *
   * <p>A signal that asks the program to stop interrupts the calling thread, once. Nothing is
   * started then, whether this method returns or throws. What it throws because the interrupt ended
   * a wait is no failure; anything else is.
   *
   * @param app takes the registrations; refuses them once this method has returned
   * @throws Exception to end the program before anything started: {@link MisconfiguredException}
   *     gives exit code 2, anything else 1
   */
  void register(Registrar app) throws Exception;
}
