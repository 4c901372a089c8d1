package dev.srun;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** How far a run has come, as its {@link BlackBox} notes it. */
sealed interface RunProgress {

  /** Not every service is RUNNING yet. */
  record Starting() implements RunProgress {}

  /** Every service is RUNNING. */
  record Running() implements RunProgress {}

  /**
   * The program is being stopped.
   *
   * @param what what the program is at, such as {@code the stop of kafka}
   * @param budget how long that may take
   * @param used how long it has taken
   */
  record Stopping(String what, Duration budget, Duration used) implements RunProgress {}

  /**
   * The program has ended by itself.
   *
   * @param code its exit code
   * @param exit its exit, in one line
   * @param stragglers who outlived the budget, a line each
   */
  record Ended(int code, String exit, List<String> stragglers) implements RunProgress {

    /** How many stragglers are named one by one. */
    private static final int NAMED = 20;

    static Ended of(Exit exit) {
      List<Straggler> all = exit.stragglers();
      List<String> named =
          new ArrayList<>(all.stream().limit(NAMED).map(Straggler::toString).toList());
      if (all.size() > NAMED) {
        named.add("and " + (all.size() - NAMED) + " more");
      }
      return new Ended(exit.code(), exit.toString(), List.copyOf(named));
    }
  }
}
