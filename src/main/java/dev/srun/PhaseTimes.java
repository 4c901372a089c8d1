package dev.srun;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * When each phase of one service began and ended, the last time it was entered. Written by the
 * supervisor alone, read by any thread.
 *
 * <p>Moments are in nanoseconds of the host's clock; 0 stands for what has not come. Those that
 * every service has while it runs are fields; there is something more to keep for the others.
 */
final class PhaseTimes {
  private static final Phase[] PHASES = Phase.values();

  /** One phase that not every service goes through in its start; of run, where it has ended. */
  private static final class Span {
    final Phase phase;
    final @Nullable Span before;
    volatile long began;
    volatile long ended;

    Span(Phase phase, long began, @Nullable Span before) {
      this.phase = phase;
      this.began = began;
      this.before = before;
    }
  }

  private volatile long initBegan;

  /** Then run and ready begin, if run is entered. */
  private volatile long initEnded;

  private volatile boolean runEntered;
  private volatile long readyEnded;
  private volatile @Nullable Span last;

  /** Begins a phase; run and ready begin when init ends. */
  void begin(Phase phase, long now) {
    switch (phase) {
      case INIT -> initBegan = orOne(now);
      case RUN -> runEntered = true;
      case READY -> readyEnded = 0; // it may be tried again
      default -> span(phase, orOne(now));
    }
  }

  private void span(Phase phase, long began) {
    Span known = known(phase);
    if (known == null) {
      last = new Span(phase, began, last);
    } else {
      known.ended = 0;
      known.began = began;
    }
  }

  private @Nullable Span known(Phase phase) {
    Span span = last;
    while (span != null && span.phase != phase) {
      span = span.before;
    }
    return span;
  }

  /** Ends what was begun; of what was not, there is nothing to tell. */
  void end(Phase phase, long now) {
    switch (phase) {
      case INIT -> initEnded = initEnded == 0 && initBegan != 0 ? orOne(now) : initEnded;
      case READY -> readyEnded = readyEnded == 0 && runEntered ? orOne(now) : readyEnded;
      case RUN -> {
        if (runEntered && known(Phase.RUN) == null) {
          span(Phase.RUN, initEnded);
          endSpan(Phase.RUN, now);
        }
      }
      default -> endSpan(phase, now);
    }
  }

  private void endSpan(Phase phase, long now) {
    Span span = known(phase);
    if (span != null && span.ended == 0) {
      span.ended = orOne(now);
    }
  }

  /** When init was called; 0 if it was not. */
  long begunAt() {
    return initBegan;
  }

  private long began(Phase phase) {
    return switch (phase) {
      case INIT -> initBegan;
      case RUN, READY -> runEntered ? initEnded : 0;
      default -> {
        Span span = known(phase);
        yield span == null ? 0 : span.began;
      }
    };
  }

  private long ended(Phase phase) {
    return switch (phase) {
      case INIT -> initEnded;
      case READY -> readyEnded;
      default -> {
        Span span = known(phase);
        yield span == null ? 0 : span.ended;
      }
    };
  }

  /**
   * What is known, in the order of the phases.
   *
   * @param at the time of day now
   * @param now the same moment of the host's clock
   */
  List<PhaseTime> toList(Instant at, long now) {
    List<PhaseTime> times = new ArrayList<>(4);
    for (Phase phase : PHASES) {
      long began = began(phase);
      long ended = ended(phase);
      if (began != 0) {
        Duration took = ended == 0 ? null : Duration.ofNanos(Math.max(0, ended - began));
        times.add(new PhaseTime(phase, at.minusNanos(now - began), took));
      }
    }
    return List.copyOf(times);
  }

  private static long orOne(long nanos) {
    return nanos == 0 ? 1 : nanos;
  }
}
