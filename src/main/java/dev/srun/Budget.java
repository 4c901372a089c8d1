package dev.srun;

import java.time.Duration;
import java.util.List;

/**
 * How the grace is planned: the drain and the stops spend it up to a reserve, which is for the
 * stages that were begun first. What is not used flows on, since there is one end for each.
 *
 * @param reservedStages how many stages, from the first on, may spend the reserve
 * @param reserve how much of the grace that is
 */
record Budget(int reservedStages, Duration reserve) {

  /** What the stops that are left have together when their budget is used up. */
  static final Duration OVERTIME = Duration.ofMillis(300);

  static Budget of(List<List<Slot>> stages, Duration grace) {
    Duration sum = Duration.ZERO;
    int reserved = 0;
    for (int i = 0; i < stages.size(); i++) {
      for (Slot slot : stages.get(i)) {
        Duration its = slot.definition().stopReserve();
        if (its.isPositive()) {
          reserved = i + 1;
          sum = sum.plus(its.compareTo(grace) > 0 ? grace : its);
        }
      }
    }
    Duration most = Durations.half(grace);
    return new Budget(reserved, sum.compareTo(most) > 0 ? most : sum);
  }

  /** When the drain and the stops before the reserved ones must be over, their overtime not yet. */
  long firstEnd(long graceEnd) {
    return reservedStages == 0 ? graceEnd : graceEnd - reserve.plus(OVERTIME).toNanos();
  }

  /** Whatever has kept the supervisor from running: something is left then to give the exit. */
  long overtimeEnd(long graceEnd) {
    return graceEnd + OVERTIME.plus(Supervisor.FLUSH).toNanos();
  }
}
