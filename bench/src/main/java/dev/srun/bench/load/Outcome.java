package dev.srun.bench.load;

/** How a request ended. All but {@link #OK} are failures. */
enum Outcome {
  /** The whole answer came, and it was the expected one. */
  OK("ok"),
  WRONG_STATUS("wrong status"),
  WRONG_BODY("wrong body"),
  /** What came is no answer: not HTTP, no length, or more bytes than its length. */
  MALFORMED("malformed"),
  /** Nobody listens. */
  REFUSED("refused"),
  /** Reset, unless it is {@link #RACED}. */
  RESET("reset"),
  /** The connection ended before the whole answer came, unless it is {@link #RACED}. */
  CUT_OFF("cut off"),
  TIMED_OUT("timed out"),
  /**
   * The server closed a kept-alive connection without reading the request that was on its way. A
   * client may send that again only if it is idempotent; an upgrade should cause none.
   */
  RACED("raced");

  private final String text;

  Outcome(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return text;
  }
}
