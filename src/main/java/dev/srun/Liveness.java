package dev.srun;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Whether the program goes on: virtual threads make progress, and every loop that is to beat does.
 * The watchdog looks once a second and renews it for a while; who reads it compares an age, so that
 * a watchdog that gets no processor is noticed as well.
 */
final class Liveness {
  /** For how long a look is good. */
  static final Duration GOOD = Duration.ofSeconds(5);

  private final Program program;
  private final Set<Slot> suspects = new HashSet<>();
  private final Set<Slot> silent = new HashSet<>();
  private boolean stalled;
  private String stall = "";
  private volatile String why = "";
  private volatile long goodUntil;

  Liveness(Program program, long now) {
    this.program = program;
    this.goodUntil = now + GOOD.toNanos();
  }

  /** One volatile read, and a comparison; any thread. */
  boolean isLive(long now) {
    return goodUntil - now > 0;
  }

  /** Why it does not go on, in one line; empty while it does. Any thread. */
  String whyNot(long now) {
    if (isLive(now)) {
      return "";
    }
    String known = why;
    return known.isEmpty() ? "the watchdog gets no processor" : known;
  }

  /**
   * Looks. Called by the watchdog.
   *
   * @param stands whether virtual threads make no progress
   */
  void look(long now, boolean stands) {
    boolean beats = lookAtBeats(now);
    if (stands && !stalled) {
      tellOfStall();
    } else if (!stands && stalled) {
      program.log().info("srun", "virtual threads make progress again");
    }
    stalled = stands;
    why = beats && !stands ? "" : whyNot();
    goodUntil = beats && !stands ? now + GOOD.toNanos() : now;
  }

  /** Whoever takes over from the supervisor tells why. Called by the watchdog. */
  void stallIsTold() {
    stalled = true;
    stall = Findings.noProgress(Findings.carrierHolders(program.slots()));
  }

  private String whyNot() {
    Stream<String> loops = silent.stream().map(slot -> "no beat of " + slot.name()).sorted();
    return Stream.concat(stalled ? Stream.of(stall) : Stream.empty(), loops)
        .collect(Collectors.joining("; "));
  }

  private boolean lookAtBeats(long now) {
    for (Slot slot : program.slots()) {
      Heartbeat heartbeat = slot.context().heartbeat();
      if (heartbeat == null) {
        continue;
      }
      boolean late = slot.state() == ServiceState.RUNNING && heartbeat.isMissed(now);
      boolean missed = late && !suspects.add(slot); // a machine that was asleep has a look's time
      if (!late) {
        suspects.remove(slot);
      }
      if (missed && silent.add(slot)) {
        String line =
            "no beat for "
                + Durations.text(heartbeat.since(now))
                + ", expected one every "
                + Durations.text(heartbeat.limit())
                + ": the program is not live";
        tell(slot, line, heartbeat.since(now), heartbeat.limit());
      } else if (!late && silent.remove(slot) && slot.state() == ServiceState.RUNNING) {
        program.log().info(program.loggerName(slot), "beats again");
      }
    }
    return silent.isEmpty();
  }

  private void tell(Slot slot, String line, Duration used, Duration limit) {
    Straggler stuck =
        new Straggler(slot.name(), Phase.RUN, used, limit, false, Findings.stacks(slot));
    program.log().say(Level.ERROR, program.loggerName(slot), line, new LogDetail.Stuck(stuck));
  }

  private void tellOfStall() {
    List<Slot> holders = Findings.carrierHolders(program.slots());
    stall = Findings.noProgress(holders);
    program.log().warning("srun", stall + ": the program is not live");
    for (Slot slot : holders) {
      tell(slot, "holds a carrier thread", Duration.ZERO, Duration.ZERO);
    }
  }
}
