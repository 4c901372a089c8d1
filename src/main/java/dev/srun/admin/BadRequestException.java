package dev.srun.admin;

/**
 * A request that cannot be meant: the message names what is wrong, its value, and what would do.
 */
final class BadRequestException extends Exception {
  private static final long serialVersionUID = 1L;

  BadRequestException(String message) {
    super(message);
  }
}
