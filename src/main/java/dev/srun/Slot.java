package dev.srun;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
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
   */
  static final class Call implements Runnable {
    private final Runnable body;
    private volatile Phase phase;
    private volatile long since;
    private final AtomicBoolean claimed = new AtomicBoolean();
    private volatile @Nullable Thread thread;

    Call(Phase phase, long since, Runnable body) {
      this.phase = phase;
      this.since = since;
      this.body = body;
    }

    @Override
    public void run() {
      if (claim()) {
        body.run();
      }
    }

    /** True to the first who asks, who then makes the call or sees that nobody does. */
    boolean claim() {
      return claimed.compareAndSet(false, true);
    }

    /** The same call, to be made by another thread. */
    Call again() {
      return new Call(phase, since, body);
    }

    Phase phase() {
      return phase;
    }

    /** When it was asked for, in nanoseconds of the host's clock. */
    long since() {
      return since;
    }

    void thread(Thread runs) {
      thread = runs;
    }

    /** The same thread has gone on with another phase. */
    private void goesOnWith(Phase next, long now) {
      since = now;
      phase = next;
    }

    /** Whether a thread makes it, as far as that is known. */
    boolean isOn(Thread other) {
      Thread known = thread;
      return known == null || known == other;
    }

    /** Its thread; null for a moment while that is made. */
    @Nullable Thread thread() {
      return thread;
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

  private final Definition definition;
  private final ServiceContext context;
  private final HealthEntry health = new HealthEntry(this);
  private final AtomicReference<RunPermit> runPermit = new AtomicReference<>(RunPermit.OPEN);
  private final PhaseTimes times = new PhaseTimes();
  private Patience patience = Patience.WAITING;
  private long begunAt;
  private volatile List<Call> calls = List.of();
  private volatile Progress progress = Progress.NOT_BEGUN;
  private volatile long limitSetAt;
  private volatile Standing standing;
  private volatile boolean completed;
  private volatile long deadline = Alarm.NEVER;

  Slot(Definition definition, Program program) {
    this(definition, program, new Owned());
  }

  Slot(Definition definition, Program program, Owned owned) {
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

  /** Whether stop's turn has come or is past. */
  boolean isStopping() {
    return progress.compareTo(Progress.STOPPING) >= 0;
  }

  ServiceState state() {
    return standing.state;
  }

  /** When the service came into its state. */
  Instant since() {
    return standing.since;
  }

  /** The one method that moves a state. */
  StateChange move(ServiceState next, Instant now) {
    ServiceState from = standing.state;
    if (!from.canBecome(next)) {
      throw new IllegalStateException(name() + " cannot move from " + from + " to " + next);
    }
    standing = new Standing(next, now);
    return new StateChange(name(), from, next, now);
  }

  /** Called on the service's thread; true if run may be called now. */
  boolean takeRunPermit() {
    return runPermit.compareAndSet(RunPermit.OPEN, RunPermit.TAKEN);
  }

  /** True if run has not been called and will not be. */
  boolean forbidRun() {
    return runPermit.compareAndSet(RunPermit.OPEN, RunPermit.FORBIDDEN)
        || runPermit.get() == RunPermit.FORBIDDEN;
  }

  void began(Call call) {
    if (progress == Progress.NOT_BEGUN) {
      begunAt = call.since;
    }
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
    if (phase == Phase.INIT && runPermit.get() == RunPermit.TAKEN) {
      call.goesOnWith(Phase.RUN, now);
      times.begin(Phase.RUN, now);
      times.begin(Phase.READY, now); // which is timed from the beginning of run on
    } else {
      calls = without(phase);
    }
  }

  private void open(Call call) {
    if (call.phase != Phase.READY) {
      times.begin(call.phase, call.since);
    }
    if (calls.isEmpty()) {
      calls = List.of(call);
      return;
    }
    List<Call> sorted = new ArrayList<>(without(call.phase));
    int place = 0;
    while (place < sorted.size() && sorted.get(place).phase.compareTo(call.phase) < 0) {
      place++;
    }
    sorted.add(place, call);
    calls = Collections.unmodifiableList(sorted);
  }

  /** By a loop: streams were a tenth of what it costs to start and stop a service. */
  private List<Call> without(Phase phase) {
    if (calls.size() == 1 && calls.getFirst().phase == phase) {
      return List.of();
    }
    List<Call> others = new ArrayList<>(calls.size());
    for (Call each : calls) {
      if (each.phase != phase) {
        others.add(each);
      }
    }
    return List.copyOf(others); // of one mostly, which is smaller
  }

  /** The service is RUNNING. */
  void isReady(long now) {
    times.end(Phase.READY, now);
  }

  /** Whether a call has not ended. */
  boolean isCalled() {
    return !calls.isEmpty();
  }

  @Nullable Call call(Phase phase) {
    for (Call call : calls) {
      if (call.phase == phase) {
        return call;
      }
    }
    return null;
  }

  /** The calls that have not ended, in the order of the phases; any thread. */
  List<Call> calls() {
    return calls;
  }

  /** When init was called, in nanoseconds of the host's clock. */
  long begunAt() {
    return begunAt;
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
