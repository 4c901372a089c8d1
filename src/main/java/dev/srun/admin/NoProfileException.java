package dev.srun.admin;

/** There is no profile, and the client is told why. */
final class NoProfileException extends Exception {
  private static final long serialVersionUID = 1L;

  /** This runtime cannot do it. */
  static final int NEVER = 501;

  /** It cannot be done now. */
  static final int NOT_NOW = 503;

  private final int status;

  NoProfileException(int status, String message) {
    super(message);
    this.status = status;
  }

  int status() {
    return status;
  }
}
