package dev.srun;

/**
 * A configuration value was refused. The message names the thing, the value and what is accepted.
 *
 * <p>Programs throw it from their {@link Setup} or from an init for their own configuration; it
 * ends the program with exit code 2.
 */
public final class MisconfiguredException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes an exception with a message.
   *
   * @param message names the thing, the value and what is accepted
   */
  public MisconfiguredException(String message) {
    super(message);
  }

  /**
   * Makes an exception with a message and a cause.
   *
   * @param message names the thing, the value and what is accepted
   * @param cause what the parser or the system said
   */
  public MisconfiguredException(String message, Throwable cause) {
    super(message, cause);
  }
}
