package dev.srun.upgrade;

import java.util.List;

/** The next generation does not take over; this one goes on as if nothing had been. */
final class UpgradeFailedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient List<String> lastLines;
  private final boolean childServed;
  private final boolean wasAskedToStop;

  /**
   * Makes one.
   *
   * @param lastLines what the child has logged last
   * @param childServed whether it had been let in
   * @param wasAskedToStop whether somebody has stopped the child when it served already, and means
   *     the program
   */
  UpgradeFailedException(
      String what,
      List<String> lastLines,
      boolean childServed,
      boolean wasAskedToStop,
      Throwable cause) {
    super(what, cause);
    this.lastLines = lastLines;
    this.childServed = childServed;
    this.wasAskedToStop = wasAskedToStop;
  }

  List<String> lastLines() {
    return lastLines;
  }

  boolean childServed() {
    return childServed;
  }

  boolean wasAskedToStop() {
    return wasAskedToStop;
  }
}
