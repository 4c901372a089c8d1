package dev.srun;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * When each phase of one service began and ended, the last time it was entered. Written by the
 * supervisor alone, read by any thread.
 */
final class PhaseTimes {
  private static final Phase[] PHASES = Phase.values();

  /**
   * Begin and end of each phase, in nanoseconds of the host's clock; 0 for what has not come. Ends
   * with what every service goes through in its start, until something else comes.
   */
  private volatile AtomicLongArray moments = new AtomicLongArray(endOf(Phase.READY) + 1);

  void begin(Phase phase, long now) {
    if (endOf(phase) >= moments.length()) {
      moments = allOf(moments);
    }
    moments.setOpaque(endOf(phase), 0);
    moments.setRelease(beginOf(phase), orOne(now));
  }

  private static AtomicLongArray allOf(AtomicLongArray first) {
    AtomicLongArray all = new AtomicLongArray(2 * PHASES.length);
    for (int i = 0; i < first.length(); i++) {
      all.setPlain(i, first.getPlain(i));
    }
    return all;
  }

  /** Ends what was begun; of what was not, there is nothing to tell. */
  void end(Phase phase, long now) {
    if (endOf(phase) < moments.length()
        && moments.getOpaque(beginOf(phase)) != 0
        && moments.getOpaque(endOf(phase)) == 0) {
      moments.setRelease(endOf(phase), orOne(now));
    }
  }

  /**
   * What is known, in the order of the phases.
   *
   * @param at the time of day now
   * @param now the same moment of the host's clock
   */
  List<PhaseTime> toList(Instant at, long now) {
    AtomicLongArray known = moments;
    List<PhaseTime> times = new ArrayList<>(4);
    for (Phase phase : PHASES) {
      if (endOf(phase) >= known.length()) {
        break;
      }
      long began = known.getAcquire(beginOf(phase));
      long ended = known.getAcquire(endOf(phase));
      if (began != 0) {
        Duration took = ended == 0 ? null : Duration.ofNanos(Math.max(0, ended - began));
        times.add(new PhaseTime(phase, at.minusNanos(now - began), took));
      }
    }
    return List.copyOf(times);
  }

  @SuppressWarnings("EnumOrdinal") // the index into an array that no other run sees
  private static int beginOf(Phase phase) {
    return 2 * phase.ordinal();
  }

  private static int endOf(Phase phase) {
    return beginOf(phase) + 1;
  }

  private static long orOne(long nanos) {
    return nanos == 0 ? 1 : nanos;
  }
}
