package dev.srun;

import java.util.ArrayList;
import java.util.List;

/** One cell of the fault matrix: what goes wrong where, and what happens meanwhile. */
record FaultCase(
    Where where, Fault fault, Place place, Meanwhile meanwhile, Limit limit, Layout layout) {

  /** The call into the service's code that goes wrong; of the checks it is the first. */
  enum Where {
    INIT,
    READY,
    CHECK,
    RUN,
    STOP,
    CLOSE;

    Phase phase() {
      return Phase.valueOf(name());
    }

    /** In a call with a limit that fails the start. */
    boolean isInStart() {
      return this == INIT || this == READY || this == CHECK;
    }

    /** In a call that nobody makes before a stop was asked for. */
    boolean isInStop() {
      return this == STOP || this == CLOSE;
    }
  }

  enum Fault {
    THROWS_EXCEPTION,
    THROWS_ERROR,
    SAYS_UNHEALTHY,
    HANGS,
    SWALLOWS_INTERRUPTS,
    SPINS,
    RETURNS_LATE,
    RETURNS_TOO_LATE;

    /** Whether the call fails by itself, after a while; the others do not end. */
    boolean failsByItself() {
      return this == THROWS_EXCEPTION || this == THROWS_ERROR || this == SAYS_UNHEALTHY;
    }
  }

  /** Which of the three services is faulty. */
  enum Place {
    FIRST,
    MIDDLE,
    LAST
  }

  /** Who else asks the program to stop, and when. */
  enum Meanwhile {
    NO_SIGNAL,
    SIGNAL,
    TWO_SIGNALS,
    SIGNAL_AFTER_THE_FAULT,
    SIGNAL_BEGAN_THE_STOP;

    /** Whether a signal comes while the faulty call is under way and has not failed yet. */
    boolean isDuringTheFault() {
      return this == SIGNAL || this == TWO_SIGNALS;
    }
  }

  /** Whether the faulty service has a stop limit of its own, where that makes a difference. */
  enum Limit {
    OWN_STOP_LIMIT,
    WHOLE_GRACE
  }

  /** What the program is made of: the three services, with more beside or behind them. */
  enum Layout {
    THREE_SERVICES,
    GROUP_IN_THE_MIDDLE,
    MAIN_TASK_AT_THE_END,
    COUNTED_WORK_AT_THE_BEGINNING
  }

  /** Every case of one phase. */
  static List<FaultCase> all(Where where) {
    List<FaultCase> cases = new ArrayList<>();
    for (Fault fault : Fault.values()) {
      for (Place place : Place.values()) {
        for (Meanwhile meanwhile : Meanwhile.values()) {
          for (Limit limit : Limit.values()) {
            for (Layout layout : Layout.values()) {
              FaultCase each = new FaultCase(where, fault, place, meanwhile, limit, layout);
              if (each.isPossible()) {
                cases.add(each);
              }
            }
          }
        }
      }
    }
    return cases;
  }

  private boolean isPossible() {
    boolean canBe = fault != Fault.SAYS_UNHEALTHY || where == Where.CHECK;
    boolean isGivenUpSoon = where == Where.INIT || where == Where.CHECK; // whatever the stop limit
    boolean limitMatters = !isGivenUpSoon && !fault.failsByItself();
    boolean happens =
        switch (meanwhile) {
          case NO_SIGNAL, SIGNAL, TWO_SIGNALS -> true;
          case SIGNAL_AFTER_THE_FAULT -> endsTheProgram();
          case SIGNAL_BEGAN_THE_STOP -> where.isInStop();
        };
    boolean placeMatters =
        switch (layout) {
          case THREE_SERVICES, GROUP_IN_THE_MIDDLE -> true;
          case MAIN_TASK_AT_THE_END, COUNTED_WORK_AT_THE_BEGINNING -> false; // it is about its end
        };
    return canBe
        && happens
        && (limitMatters || limit == Limit.WHOLE_GRACE)
        && (placeMatters || (place == Place.MIDDLE && limit == Limit.WHOLE_GRACE));
  }

  /** Whether the fault ends the program where nobody asked for a stop before. */
  boolean endsTheProgram() {
    return where.isInStart() || (where == Where.RUN && fault.failsByItself());
  }

  /** Whether the fault is the first thing that happens of all that could end the program. */
  boolean isTheCause() {
    return endsTheProgram() && !meanwhile.isDuringTheFault();
  }

  boolean hasOwnStopLimit() {
    return limit == Limit.OWN_STOP_LIMIT;
  }

  /** What {@code -Dmatrix.case} takes. */
  @Override
  public String toString() {
    return String.join(
        "/",
        where.name(),
        fault.name(),
        place.name(),
        meanwhile.name(),
        limit.name(),
        layout.name());
  }
}
