package dev.srun;

/**
 * A program that was started with {@link Srun#start} ended before all its services were running.
 */
public final class StartFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  @SuppressWarnings(
      "serial") // an exit holds user exceptions, which are as serializable as they are
  private final Exit exit;

  StartFailedException(Exit exit) {
    super(exit.toString(), exit.failures().isEmpty() ? null : exit.failures().getFirst().error());
    this.exit = exit;
  }

  /**
   * Returns how the program ended; everything that had started was stopped again.
   *
   * @return the exit
   */
  public Exit exit() {
    return exit;
  }
}
