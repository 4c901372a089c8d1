package dev.srun.bench.load;

/**
 * How a request ended, and by what that is known.
 *
 * @param evidence what was seen; empty if all is well
 */
record Ending(Outcome outcome, String evidence) {
  static final Ending OK = new Ending(Outcome.OK, "");
}
