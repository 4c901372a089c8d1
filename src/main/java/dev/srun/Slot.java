package dev.srun;

import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One service in its runner: what it is, where it stands, and which calls into its code have not
 * ended. Written by the supervisor alone, but for the run permit; what other threads read is
 * published.
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

  /** A call into the service's code that has not ended. */
  record Call(Thread thread, long since) {}

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
  private final AtomicReference<RunPermit> runPermit = new AtomicReference<>(RunPermit.OPEN);
  private final Map<Phase, Call> calls = new EnumMap<>(Phase.class);
  private Progress progress = Progress.NOT_BEGUN;
  private Patience patience = Patience.WAITING;
  private long begunAt;
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

  void began(Phase phase, Thread thread, long now) {
    if (calls.isEmpty() && progress == Progress.NOT_BEGUN) {
      begunAt = now;
    }
    calls.put(phase, new Call(thread, now));
  }

  /** Also turns a call of init into one of run where the same thread went on. */
  void ended(Phase phase, long now) {
    Call call = calls.remove(phase);
    if (phase == Phase.INIT && call != null && runPermit.get() == RunPermit.TAKEN) {
      calls.put(Phase.RUN, new Call(call.thread, now));
    }
  }

  /** The calls that have not ended, in the order of the phases. */
  Map<Phase, Call> calls() {
    return calls;
  }

  /** When init was called, in nanoseconds of the host's clock. */
  long begunAt() {
    return begunAt;
  }

  /** When the current limit passes; read by {@link Context#remaining()}. */
  long deadline() {
    return deadline;
  }

  void deadline(long at) {
    deadline = at;
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

  /** A snapshot for readers on any thread. */
  ServiceStatus status() {
    Standing now = standing;
    return new ServiceStatus(
        name(), now.state, now.since, completed, definition.dependsOn(), context.facts());
  }
}
