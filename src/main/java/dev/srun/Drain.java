package dev.srun;

import java.time.Duration;
import java.util.List;

/**
 * The time between "no longer ready" and the first stop, for those who send clients to notice. It
 * takes the whole time that is configured, since silence proves nothing about a load balancer; it
 * does not happen where nobody can be connecting.
 */
final class Drain {
  private final Program program;
  private final List<Slot> slots;
  private final Deadlines deadlines;

  Drain(Program program, List<Slot> slots, Deadlines deadlines) {
    this.program = program;
    this.slots = slots;
    this.deadlines = deadlines;
  }

  /** Sets the timer of a drain that ends before the given moment; false if there is no drain. */
  boolean begin(StopRequest.Asked asked, long latest) {
    Duration drain = program.settings().drain();
    if (!drain.isPositive() || asked.atOnce() || !somebodyMayConnect(asked.cause())) {
      return false;
    }
    long end = Deadlines.earlier(asked.at() + drain.toNanos(), latest);
    deadlines.setAt(Timer.DRAIN, end);
    program.blackBox().stopping("the drain", Duration.ofNanos(end - asked.at()), asked.at());
    return true;
  }

  private boolean somebodyMayConnect(Cause cause) {
    boolean nobodyIsLeft =
        cause instanceof Cause.Upgraded // new connections go to the other process
            || cause instanceof Cause.Completed // what the program was for is done
            || !program.settings().signals(); // it is another program's, or a test's
    return !nobodyIsLeft && serves() && program.isReachable();
  }

  private boolean serves() {
    for (Slot slot : slots) {
      if (slot.definition().kind() == Definition.Kind.SERVICE) {
        return true;
      }
    }
    return false;
  }
}
