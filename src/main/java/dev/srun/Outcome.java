package dev.srun;

/** How well a program ended. */
public enum Outcome {
  /** Everything that was started has stopped in order and in time. */
  CLEAN,
  /** Something failed: a phase threw or passed its limit. Everything has stopped all the same. */
  FAILURES,
  /**
   * The budget was used up, or a second signal came: some services were interrupted or left behind.
   */
  FORCED;

  /**
   * Returns the number that stands for it where only numbers can be told, such as in metrics.
   *
   * @return from 0 for CLEAN to 2 for FORCED
   */
  public int number() {
    return switch (this) {
      case CLEAN -> 0;
      case FAILURES -> 1;
      case FORCED -> 2;
    };
  }
}
