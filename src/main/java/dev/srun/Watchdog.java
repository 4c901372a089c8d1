package dev.srun;

import java.time.Duration;

/**
 * Sees that a program goes on and ends although user code holds every processor that virtual
 * threads have: they are not preempted, so that the supervisor, being one, may not run at all.
 *
 * <p>It looks now and then whether the supervisor has handled what was posted. It counts looks
 * instead of time: a machine that was asleep, or a process that was stopped, is not a supervisor
 * that hangs. Used by one thread.
 */
final class Watchdog {
  /** How often it looks while nothing has to end. */
  static final long SLOWLY = Duration.ofSeconds(1).toNanos();

  private static final long OFTEN = Duration.ofMillis(100).toNanos();

  /** How many looks in a row the supervisor may leave a message unhandled. */
  private static final int PATIENCE = 10;

  private static final int PATIENCE_STOPPING = 5;

  /** The same when the grace is over, and little time is left to ask the rest to stop. */
  private static final int PATIENCE_OVERDUE = 1;

  /** The same where a virtual thread is started to see whether it runs. */
  private static final int PATIENCE_TAKEN_OVER = 2;

  /** The look at which the end is rehearsed: a program that ends before has no need of it. */
  private static final int REHEARSAL = 2;

  private final Watched program;
  private long handled = -1;
  private int looks;
  private int missed;
  private boolean wasStopping;
  private boolean tookOver;
  private boolean ended;
  private boolean loaded;

  Watchdog(Watched program) {
    this.program = program;
  }

  /**
   * Looks at the program; returns when to look again, {@link Alarm#NEVER} if nothing is left to do.
   */
  long look(long now) {
    if (Deadlines.hasPassed(program.haltsBy(), now)) {
      program.halt();
    }
    if (!ended && Deadlines.hasPassed(program.endsBy(), now)) {
      program.end();
      ended = true;
    }
    if (ended || program.isOver()) {
      return program.haltsBy();
    }
    boolean stopping = program.isStopping();
    looks++;
    if (looks == 1 && !stopping) {
      program.keepMemory();
    } else if (looks == REHEARSAL) {
      program.rehearse();
    }
    if (!loaded && !stopping && program.isUp()) {
      loaded = true;
      program.loadStopClasses();
    }
    if (!stopping && program.isOutOfMemory()) {
      program.askForWantOfMemory();
    }
    boolean waits = !tookOver && lookAtSupervisor(stopping, now);
    program.lookAtLiveness(now, tookOver ? stillStands(stopping) : missed >= PATIENCE);
    program.lookAtDescriptors(now); // last, since these take memory
    program.lookAtMemory();
    return Deadlines.earlier(now + (stopping || waits ? OFTEN : SLOWLY), program.endsBy());
  }

  /** Returns whether a message waits for the supervisor. */
  private boolean lookAtSupervisor(boolean stopping, long now) {
    long before = handled;
    handled = program.handled();
    boolean waits = program.hasMessages();
    if (!waits) {
      missed = 0;
      program.ping();
    } else if (handled != before || stopping != wasStopping) {
      missed = 0;
    } else {
      missed++;
    }
    wasStopping = stopping;
    if (missed >= patience(stopping, now) && (stopping || program.hasWork())) {
      tookOver = program.takeOver();
    }
    return waits;
  }

  /** Whether virtual threads make no progress; the supervisor, which is none now, cannot tell. */
  private boolean stillStands(boolean stopping) {
    if (stopping) {
      return true; // nobody is to be troubled with that now
    }
    missed = program.virtualThreadsRun() ? 0 : missed + 1;
    return missed >= PATIENCE_TAKEN_OVER;
  }

  private int patience(boolean stopping, long now) {
    if (!stopping) {
      return PATIENCE;
    }
    return Deadlines.hasPassed(program.graceEnd(), now) ? PATIENCE_OVERDUE : PATIENCE_STOPPING;
  }
}
