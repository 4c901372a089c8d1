package dev.srun;

import org.jspecify.annotations.Nullable;

/** A name as it stands in an error message: in one line of a sensible length, whatever it is. */
final class Quoted {
  private static final int LONGEST = 80;

  private Quoted() {}

  /** Returns it in quotes, without control characters and cut where it is too long. */
  static String of(@Nullable String name) {
    if (name == null) {
      return "null";
    }
    String cut = name.length() <= LONGEST ? name : name.substring(0, LONGEST - 1) + "…";
    return "'" + cut.replaceAll("\\p{Cntrl}", "?") + "'";
  }
}
