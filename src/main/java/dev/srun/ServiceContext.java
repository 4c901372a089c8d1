package dev.srun;

import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.trace.Tracer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/** The context of one service. Reads its slot; changes nothing there but by messages. */
final class ServiceContext implements Context {
  /** The most that a stop is told to leave for what comes after it. */
  private static final long RESERVE_NANOS = 1_000_000_000;

  /** How often a loop must beat that nobody has said anything else of. */
  private static final Duration BEAT = Duration.ofSeconds(30);

  /** Of a word for what was cut off. */
  private static final int LONGEST_KIND = 80;

  /** The service has said that it is ready: nobody waits any more. */
  private static final CountDownLatch SAID = new CountDownLatch(0);

  /** Run has ended without saying so: nobody waits any more, and how it ended decides. */
  private static final CountDownLatch ENDED = new CountDownLatch(0);

  private static final AtomicReferenceFieldUpdater<ServiceContext, @Nullable CountDownLatch>
      SAID_READY = updater(CountDownLatch.class, "saidReady");

  private static final AtomicReferenceFieldUpdater<ServiceContext, @Nullable Heartbeat> HEARTBEAT =
      updater(Heartbeat.class, "heartbeat");

  private static final AtomicReferenceFieldUpdater<ServiceContext, @Nullable Owned> OWNED =
      updater(Owned.class, "owned");

  private static final AtomicReferenceFieldUpdater<ServiceContext, @Nullable WorkCount> WORK =
      updater(WorkCount.class, "work");

  @SuppressWarnings("rawtypes")
  private static final AtomicReferenceFieldUpdater<ServiceContext, Map> FACTS =
      updater(Map.class, "facts");

  @SuppressWarnings("rawtypes")
  private static final AtomicReferenceFieldUpdater<ServiceContext, List> ON_DRAIN =
      updater(List.class, "onDrain");

  private final Slot slot;
  private final Program program;

  /**
   * The latch at which threads wait for ready, made by the first of them; then {@link #SAID} or
   * {@link #ENDED}.
   */
  private volatile @Nullable CountDownLatch saidReady;

  private volatile Map<String, String> facts = Map.of();
  private volatile List<Task> onDrain = List.of();
  private volatile boolean drains;
  private volatile @Nullable Heartbeat heartbeat;
  private volatile @Nullable WorkCount work;

  /**
   * Made when something is owned; {@link Owned#NOTHING} once it is certain that nothing will be.
   */
  private volatile @Nullable Owned owned;

  private volatile @Nullable Thread runThread;

  /**
   * Makes one.
   *
   * @param owned what the service owns already; null for nothing
   */
  ServiceContext(Slot slot, Program program, @Nullable Owned owned) {
    this.slot = slot;
    this.program = program;
    this.owned = owned;
  }

  private static <V> AtomicReferenceFieldUpdater<ServiceContext, V> updater(
      Class<V> type, String field) {
    return AtomicReferenceFieldUpdater.newUpdater(ServiceContext.class, type, field);
  }

  @Override
  public String name() {
    return slot.name();
  }

  @Override
  public System.Logger logger() {
    return System.getLogger(program.loggerName(slot));
  }

  @Override
  public void ready() {
    if (becomes(SAID) && !slot.definition().implemented().ready()) {
      program.post(new Event.SaidReady(slot));
    }
  }

  /** Wakes who waits for ready; false if the service was ready before, or run had ended. */
  private boolean becomes(CountDownLatch what) {
    CountDownLatch before = saidReady;
    while (before != SAID && before != ENDED) {
      if (SAID_READY.compareAndSet(this, before, what)) {
        if (before != null) {
          before.countDown();
        }
        return true;
      }
      before = saidReady;
    }
    return false;
  }

  boolean hasSaidReady() {
    return saidReady == SAID;
  }

  @Override
  public void awaitReady() throws InterruptedException {
    CountDownLatch known = saidReady;
    if (known == null) {
      CountDownLatch first = new CountDownLatch(1);
      known = SAID_READY.compareAndSet(this, null, first) ? first : saidReady;
    }
    if (known != null) { // from here on always
      known.await();
    }
  }

  /** Marks the thread that is about to call run. */
  void runEntered() {
    runThread = Thread.currentThread();
  }

  /** Called when how run ended was posted. */
  void runEnded() {
    runThread = null;
    becomes(ENDED);
  }

  @Override
  public void interruptRun() {
    Thread thread = runThread;
    if (thread != null) {
      thread.interrupt();
    }
  }

  @Override
  public Duration remaining() {
    boolean warmsUp = slot.state() == ServiceState.STARTING && slot.call(Phase.WARM_UP) != null;
    if (warmsUp || slot.state() == ServiceState.RUNNING) {
      return remainingOfCall();
    }
    long deadline = slot.deadline();
    boolean stopping = slot.state() == ServiceState.SHUTTING_DOWN;
    if (deadline == Alarm.NEVER) {
      return stopping ? Duration.ZERO : Settings.LONGEST;
    }
    long now = program.host().nanoTime();
    long left = Math.max(0, deadline - now);
    return Duration.ofNanos(stopping ? withoutShares(left, now) : left);
  }

  /** The part of the time left that a stop may take: closing and other services need the rest. */
  private long withoutShares(long left, long now) {
    long its = left - Math.min(left / 10, RESERVE_NANOS);
    if (!program.stopsOthersAfter(slot)) {
      return its;
    }
    long grace = program.settings().grace().toNanos();
    long graceLeft = program.graceEnd() - now - Math.max(grace / 5, RESERVE_NANOS);
    return Math.min(its, Math.max(graceLeft, left / 2));
  }

  /**
   * Nothing but a warm-up or a check has a limit once the service is ready, and that is its
   * thread's alone.
   */
  private Duration remainingOfCall() {
    Slot.Call check = slot.call(Phase.CHECK);
    if (check != null && check.isOn(Thread.currentThread())) {
      return left(check, slot.definition().health().timeout());
    }
    Slot.Call warmUp = slot.call(Phase.WARM_UP);
    if (warmUp != null && warmUp.isOn(Thread.currentThread())) {
      return left(warmUp, program.settings().warmUpTimeout());
    }
    return Settings.LONGEST;
  }

  private Duration left(Slot.Call call, Duration limit) {
    Duration left = limit.minusNanos(program.host().nanoTime() - call.since());
    return left.isNegative() ? Duration.ZERO : left;
  }

  @Override
  public <T extends AutoCloseable> T own(T resource) {
    slot.requireGiven(resource, "what is to be owned");
    return owning().add(resource, slot.name());
  }

  @Override
  public Process own(Process process) {
    slot.requireGiven(process, "the process that is to be owned");
    own(new OwnedProcess(process, slot, program));
    return process;
  }

  @Override
  public boolean await(ExecutorService executor, Duration limit) throws InterruptedException {
    slot.requireGiven(executor, "the executor that is to be awaited");
    slot.requireGiven(limit, "how long to wait for an executor");
    return new ExecutorEnd(slot, program).await(executor, limit);
  }

  @Override
  public ServiceThreads threads() {
    return owning().threads(slot, program);
  }

  /** What the service owns now. */
  Owned owned() {
    Owned its = owned;
    return its == null ? Owned.NOTHING : its;
  }

  /** What takes in something more, or refuses it. */
  private Owned owning() {
    Owned its = owned;
    while (its == null || its == Owned.NOTHING) {
      OWNED.compareAndSet(this, its, new Owned(its == Owned.NOTHING));
      its = owned;
    }
    return its;
  }

  /** True if there is nothing to close, and then nothing can be owned any more. */
  boolean closeIfNothingIsOwned() {
    return (owned == null && OWNED.compareAndSet(this, null, Owned.NOTHING))
        || owned().closeIfEmpty();
  }

  @Override
  public void onDrain(Task task) {
    slot.requireGiven(task, "what to call when the drain begins");
    if (slot.isClosing()) {
      throw new IllegalStateException(
          slot.name() + " was closed; it is not told any more that the program drains");
    }
    List<Task> before;
    List<Task> after;
    do {
      before = onDrain;
      after = new ArrayList<>(before);
      after.add(task);
    } while (!ON_DRAIN.compareAndSet(this, before, List.copyOf(after)));
    if (drains) { // the supervisor sets this before it looks for tasks
      program.post(new Event.DrainAsked(slot));
    }
  }

  /** The program begins to drain. What is registered from here on is called as well. */
  void drains() {
    drains = true;
  }

  /** Whether there is something to call when the drain begins. */
  boolean hasDrain() {
    return !onDrain.isEmpty();
  }

  /** Calls it and returns what was thrown by it, in order. */
  List<Throwable> beginDrain() {
    List<Throwable> thrown = new ArrayList<>(0);
    for (Task task = nextOnDrain(); task != null; task = nextOnDrain()) {
      try {
        task.run(this);
      } catch (Throwable e) {
        thrown.add(e);
      }
    }
    return thrown;
  }

  /** Takes the one that was registered first; null if none is left. */
  private @Nullable Task nextOnDrain() {
    List<Task> before = onDrain;
    while (!before.isEmpty()
        && !ON_DRAIN.compareAndSet(this, before, before.subList(1, before.size()))) {
      before = onDrain;
    }
    return before.isEmpty() ? null : before.getFirst();
  }

  /** Closes what the service owns, and returns what was thrown by it. */
  List<Throwable> close() {
    return owned().close(slot.name());
  }

  @Override
  public Work work() {
    beginWork();
    return new InFlight(this);
  }

  @Override
  public void beginWork() {
    program.noteUse();
    counting().begin();
  }

  @Override
  public void endWork() {
    if (counting().end() && slot.isStopping()) {
      program.post(new Event.WorkEnded(slot));
    }
  }

  private WorkCount counting() {
    WorkCount known = work;
    if (known != null) {
      return known;
    }
    WorkCount first = new WorkCount();
    return WORK.compareAndSet(this, null, first) ? first : counting();
  }

  /** How much is in flight. */
  int workInFlight() {
    WorkCount known = work;
    return known == null ? 0 : known.inFlight();
  }

  /** Ends once, however often it is closed. */
  private static final class InFlight implements Work {
    private final AtomicReference<@Nullable ServiceContext> of;

    InFlight(ServiceContext context) {
      of = new AtomicReference<>(context);
    }

    @Override
    public void close() {
      ServiceContext context = of.getAndSet(null);
      if (context != null) {
        context.endWork();
      }
    }
  }

  @Override
  public boolean isStopping() {
    return slot.isStopping();
  }

  @Override
  public void cutOff(String what, int count) {
    slot.requireGiven(what, "what was cut off");
    if (what.isBlank() || what.length() > LONGEST_KIND || !Health.isOneLine(what)) {
      throw new IllegalArgumentException(
          slot.name() + ": " + Quoted.of(what) + " cut off: expected a word such as requests");
    }
    if (count < 0) {
      throw new IllegalArgumentException(slot.name() + ": " + count + " " + what + " cut off");
    }
    if (count > 0) {
      program.post(new Event.CutOff(slot, new CutOffException(what, count)));
    }
  }

  @Override
  public void alive() {
    Heartbeat beats = heartbeat;
    if (beats == null) {
      Duration limit = slot.definition().health().beat();
      beats = expectBeats(limit == null ? BEAT : limit);
    }
    beats.beat(program.host().nanoTime());
  }

  /** The service is RUNNING: a loop that is to beat begins to. */
  void isRunning() {
    Duration limit = slot.definition().health().beat();
    if (limit != null) {
      expectBeats(limit);
    }
  }

  private Heartbeat expectBeats(Duration limit) {
    Heartbeat first = new Heartbeat(limit, program.host().nanoTime());
    HEARTBEAT.compareAndSet(this, null, first);
    Heartbeat known = heartbeat;
    return known == null ? first : known;
  }

  /** The beats of the service; null if none are expected. */
  @Nullable Heartbeat heartbeat() {
    return heartbeat;
  }

  @Override
  public HealthChannel health() {
    return new ServiceHealthChannel(slot, program);
  }

  /** Whether the service's own threads are asked to end. */
  boolean threadsEnd() {
    return owned().threadsEnd();
  }

  @Override
  public void describe(String fact, Object value) {
    slot.requireGiven(fact, "the name of a fact");
    slot.requireGiven(value, "the fact '" + fact + "'");
    String text = value.toString();
    Map<String, String> before;
    Map<String, String> after;
    do {
      before = facts;
      after = new LinkedHashMap<>(before);
      after.put(fact, text);
    } while (!FACTS.compareAndSet(this, before, Collections.unmodifiableMap(after)));
  }

  Map<String, String> facts() {
    return facts;
  }

  @Override
  public ListeningSocket socket(String name, SocketAddress address) throws IOException {
    slot.requireGiven(name, "the name of a listener");
    slot.requireGiven(address, "the address of listener '" + name + "'");
    ListeningSocket socket = own(program.sockets().claim(slot.name(), name, address));
    if (slot.name().equals(DefaultServices.ADMIN)) {
      program.answersProbesAt(socket);
    } else {
      program.noteUse();
    }
    return socket;
  }

  @Override
  public Listener listen(String name, SocketAddress address) throws IOException {
    Listener listener = own(Listener.bind(name, socket(name, address)));
    boolean slash = listener.address() instanceof InetSocketAddress; // what toString begins with
    describe(name, listener.address().toString().substring(slash ? 1 : 0));
    return listener;
  }

  @Override
  public Tracer tracer() {
    return program.openTelemetry().getTracer(program.loggerName(slot));
  }

  @Override
  public Meter meter() {
    return program.openTelemetry().getMeter(program.loggerName(slot));
  }

  @Override
  public Runner runner() {
    return program;
  }
}
