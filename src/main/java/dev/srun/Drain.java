package dev.srun;

import java.time.Duration;
import java.util.List;

/**
 * The time between "no longer ready" and the first stop. It ends when it is over, or early where
 * the program counts its work and none has been in flight for a while.
 */
final class Drain {
  /** How often it looks whether something is in flight, where it need not be idle for long. */
  private static final Duration LOOK = Duration.ofMillis(50);

  private final Program program;
  private final List<Slot> slots;
  private final Deadlines deadlines;

  Drain(Program program, List<Slot> slots, Deadlines deadlines) {
    this.program = program;
    this.slots = slots;
    this.deadlines = deadlines;
  }

  /** Sets the timers of a drain that ends before the given moment; false if there is no drain. */
  boolean begin(StopRequest.Asked asked, long latest) {
    Duration drain = program.settings().drain();
    boolean isReplaced = asked.cause() instanceof Cause.Upgraded; // nobody has to look elsewhere
    if (!drain.isPositive() || asked.atOnce() || isReplaced || !serves()) {
      return false;
    }
    long end = Deadlines.earlier(asked.at() + drain.toNanos(), latest);
    deadlines.setAt(Timer.DRAIN, end);
    program.blackBox().stopping("the drain", Duration.ofNanos(end - asked.at()), asked.at());
    deadlines.set(Timer.QUIET, program.settings().drainQuiet());
    return true;
  }

  private boolean serves() {
    for (Slot slot : slots) {
      if (slot.definition().kind() == Definition.Kind.SERVICE) {
        return true;
      }
    }
    return false;
  }

  /** Whether it ends early now; else looks again when that may be so. */
  boolean isQuiet(long now) {
    Duration quiet = program.settings().drainQuiet();
    InFlightCount inFlight = program.inFlight();
    boolean idle = inFlight.isUsed() && !inFlight.isBusy();
    long idleSince = idle ? inFlight.idleSince(now) : now;
    if (!idle || now - idleSince < quiet.toNanos()) {
      deadlines.setAt(Timer.QUIET, idleSince + Math.max(quiet.toNanos(), LOOK.toNanos()));
      return false;
    }
    program.log().info("srun", "nothing in flight for " + Durations.text(quiet));
    return true;
  }
}
