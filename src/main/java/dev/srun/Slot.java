package dev.srun;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * One service in its runner: what it is, where it stands, and which calls into its code have not
 * ended. Written by the supervisor alone, but for the run permit and the claim of a call; what
 * other threads read is published.
 */
final class Slot {

  /** How far the runner is with the service. */
  enum Progress {
    NOT_BEGUN,
    BEGUN,
    STOPPING,
    CLOSING,
    OVER
  }

  /** How much longer a stop waits for the service. */
  enum Patience {
    WAITING,
    INTERRUPTED,
    GIVEN_UP
  }

  /**
   * A call into the service's code that has not ended. It is made once, by the first thread that
   * claims it: its own, or the supervisor if that thread gets no processor.
   *
   * <p>It is what its thread runs as well, and the link to the next one, since a program has a call
   * in the run of each service as long as it lives.
   */
  abstract static class Call extends CountedScope.Counted {
    private static final AtomicIntegerFieldUpdater<Call> CLAIMED =
        AtomicIntegerFieldUpdater.newUpdater(Call.class, "claimed");

    private volatile Phase phase;
    private volatile long since;
    private volatile int claimed;
    private volatile @Nullable Thread thread;
    private volatile @Nullable Call next;

    Call(Phase phase, long since) {
      this.phase = phase;
      this.since = since;
    }

    /** True to the first who asks, who then makes the call or sees that nobody does. */
    final boolean claim() {
      return CLAIMED.compareAndSet(this, 0, 1);
    }

    /** The same call, to be made by another thread. */
    abstract Call again();

    final Phase phase() {
      return phase;
    }

    /** When it was asked for, in nanoseconds of the host's clock. */
    final long since() {
      return since;
    }

    final void thread(Thread runs) {
      thread = runs;
    }

    /** The same thread has gone on with another phase. */
    private void goesOnWith(Phase which, long now) {
      since = now;
      phase = which;
    }

    /** Whether a thread makes it, as far as that is known. */
    final boolean isOn(Thread other) {
      Thread known = thread;
      return known == null || known == other;
    }

    /** Its thread; null for a moment while that is made. */
    final @Nullable Thread thread() {
      return thread;
    }

    /** The one of the next phase that has not ended; null for the last. */
    final @Nullable Call next() {
      return next;
    }
  }

  /**
   * Whether run may be called: decided once, by whoever comes first of the service's thread after
   * init and the supervisor that ends a start. It saves a hand-over between the two per service.
   */
  private enum RunPermit {
    OPEN,
    TAKEN,
    FORBIDDEN
  }

  private record Standing(ServiceState state, Instant since) {}

  private static final AtomicReferenceFieldUpdater<Slot, RunPermit> RUN_PERMIT =
      AtomicReferenceFieldUpdater.newUpdater(Slot.class, RunPermit.class, "runPermit");

  private final Definition definition;
  private final ServiceContext context;
  private final HealthEntry health = new HealthEntry(this);
  private volatile RunPermit runPermit = RunPermit.OPEN;
  private final PhaseTimes times = new PhaseTimes();
  private Patience patience = Patience.WAITING;
  private volatile @Nullable Call calls;
  private volatile Progress progress = Progress.NOT_BEGUN;
  private volatile long limitSetAt;
  private volatile Standing standing;
  private volatile boolean completed;
  private boolean halfStarted;
  private volatile long deadline = Alarm.NEVER;

  Slot(Definition definition, Program program) {
    this(definition, program, null);
  }

  Slot(Definition definition, Program program, @Nullable Owned owned) {
    this.definition = definition;
    this.standing = new Standing(ServiceState.STOPPED, program.startedAt());
    this.context = new ServiceContext(this, program, owned);
  }

  Definition definition() {
    return definition;
  }

  String name() {
    return definition.name();
  }

  ServiceContext context() {
    return context;
  }

  /** How well the service is. */
  HealthEntry health() {
    return health;
  }

  Progress progress() {
    return progress;
  }

  void progress(Progress next) {
    progress = next;
  }

  boolean isBegun() {
    return progress != Progress.NOT_BEGUN;
  }

  boolean isOver() {
    return progress == Progress.OVER;
  }

  /** Whether no setup has registered it. */
  boolean isOfSrun() {
    return name().startsWith("(");
  }

  /** Whether stop's turn has come or is past. */
  boolean isStopping() {
    return progress.compareTo(Progress.STOPPING) >= 0;
  }

  /** Whether what the service owns is being closed, or was. */
  boolean isClosing() {
    return progress.compareTo(Progress.CLOSING) >= 0;
  }

  /** Refuses null where the service gives it, so that nothing else fails by it later. */
  void requireGiven(@Nullable Object value, String what) {
    if (value == null) {
      throw new NullPointerException(name() + ": " + what + " is null");
    }
  }

  ServiceState state() {
    return standing.state;
  }

  /** When the service came into its state. */
  Instant since() {
    return standing.since;
  }

  /** The one method that moves a state; returns the one before. */
  ServiceState move(ServiceState next, Instant now) {
    ServiceState from = standing.state;
    if (!from.canBecome(next)) {
      throw new IllegalStateException(name() + " cannot move from " + from + " to " + next);
    }
    standing = new Standing(next, now);
    return from;
  }

  /** Called on the service's thread; true if run may be called now. */
  boolean takeRunPermit() {
    return RUN_PERMIT.compareAndSet(this, RunPermit.OPEN, RunPermit.TAKEN);
  }

  /** True if run has not been called and will not be. */
  boolean forbidRun() {
    return RUN_PERMIT.compareAndSet(this, RunPermit.OPEN, RunPermit.FORBIDDEN)
        || runPermit == RunPermit.FORBIDDEN;
  }

  void began(Call call) {
    times.begin(call.phase, call.since);
    open(call);
  }

  /** Also turns a call of init into one of run where the same thread went on. */
  void ended(Phase phase, long now) {
    Call call = call(phase);
    if (call == null) {
      return;
    }
    times.end(phase, now);
    if (phase == Phase.RUN && !definition.implemented().ready()) {
      times.end(Phase.READY, now);
    }
    if (phase == Phase.INIT && runPermit == RunPermit.TAKEN) {
      call.goesOnWith(Phase.RUN, now);
      times.begin(Phase.RUN, now);
      times.begin(Phase.READY, now); // which is timed from the beginning of run on
    } else {
      link(before(phase), call.next);
    }
  }

  /** Takes the place of a call of the same phase, if there is one. */
  private void open(Call call) {
    Call before = before(call.phase);
    Call after = before == null ? calls : before.next;
    call.next = after != null && after.phase == call.phase ? after.next : after;
    link(before, call);
  }

  /** The last call of an earlier phase; null if there is none. */
  private @Nullable Call before(Phase phase) {
    Call before = null;
    for (Call each = calls; each != null && each.phase.compareTo(phase) < 0; each = each.next) {
      before = each;
    }
    return before;
  }

  /** What is taken out of the list still leads to those behind it, for who stands there. */
  private void link(@Nullable Call before, @Nullable Call next) {
    if (before == null) {
      calls = next;
    } else {
      before.next = next;
    }
  }

  /** The service is RUNNING. */
  void isReady(long now) {
    times.end(Phase.READY, now);
  }

  /** Whether a call has not ended. */
  boolean isCalled() {
    return calls != null;
  }

  @Nullable Call call(Phase phase) {
    for (Call call = calls; call != null; call = call.next) {
      if (call.phase == phase) {
        return call;
      }
    }
    return null;
  }

  /** The first of the calls that have not ended, in the order of the phases; any thread. */
  @Nullable Call firstCall() {
    return calls;
  }

  /** The calls that have not ended, in the order of the phases; any thread. */
  List<Call> calls() {
    List<Call> all = new ArrayList<>(2);
    for (Call call = calls; call != null; call = call.next) {
      all.add(call);
    }
    return all;
  }

  /** When init was called, in nanoseconds of the host's clock. */
  long begunAt() {
    return times.begunAt();
  }

  /** When the current limit passes; any thread, see {@link Context#remaining()}. */
  long deadline() {
    return deadline;
  }

  void deadline(long at) {
    deadline = at;
  }

  /** When the service was given the time it has now; any thread. */
  long limitSetAt() {
    return limitSetAt;
  }

  void limitSetAt(long now) {
    limitSetAt = now;
  }

  void complete() {
    completed = true;
  }

  boolean isCompleted() {
    return completed;
  }

  /** Whether the stop has interrupted a start that has not come to its end since. */
  boolean isHalfStarted() {
    return halfStarted;
  }

  void halfStarted(boolean now) {
    halfStarted = now;
  }

  Patience patience() {
    return patience;
  }

  void patience(Patience next) {
    patience = next;
  }

  /**
   * A snapshot for readers on any thread.
   *
   * @param at the time of day now
   * @param now the same moment of the host's clock
   */
  ServiceStatus status(Instant at, long now) {
    Standing stands = standing;
    return new ServiceStatus(
        name(),
        stands.state,
        stands.since,
        completed,
        definition.dependsOn(),
        context.facts(),
        times.toList(at, now),
        health.now());
  }
}
