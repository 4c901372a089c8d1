package dev.srun.examples.wallet;

/** Why a request was not done, in words for who sent it. */
final class Refusal extends Exception {
  private static final long serialVersionUID = 1L;

  /** The kinds of refusal, each with its HTTP status. */
  enum Kind {
    BAD_INPUT(400),
    NOT_FOUND(404),
    CONFLICT(409),
    TOO_LARGE(413),
    IMPOSSIBLE(422),
    UNAVAILABLE(503);

    private final int status;

    Kind(int status) {
      this.status = status;
    }
  }

  private final Kind kind;

  Refusal(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  Refusal(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** Whether the same request may be answered a little later. */
  boolean isForNow() {
    return kind == Kind.UNAVAILABLE;
  }

  int status() {
    return kind.status;
  }
}
