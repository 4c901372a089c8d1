package dev.srun;

/**
 * Work that was begun and not finished, since its service was stopped before. The error of a {@link
 * Failure}: a stop that has cut something off is not clean.
 */
public final class CutOffException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String what;
  private final int count;

  CutOffException(String what, int count) {
    super(count + " " + what + " cut off", null, true, false); // where it was noticed says nothing
    this.what = what;
    this.count = count;
  }

  /**
   * Returns what was cut off.
   *
   * @return such as {@code requests}
   */
  public String what() {
    return what;
  }

  /**
   * Returns how many of it were.
   *
   * @return 1 or more
   */
  public int count() {
    return count;
  }
}
