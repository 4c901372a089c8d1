package dev.srun;

import io.opentelemetry.api.OpenTelemetry;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What every thread may touch of one running program: its settings, its mailbox, its stop request,
 * its snapshots, and in the end its exit. Nothing here moves a state.
 */
final class Program implements Running {
  /** How long the supervisor may take from the exit to the end of its thread. */
  private static final Duration LAST_STEPS = Duration.ofSeconds(1);

  /** What a log that nobody reads may hold up the former handler of a signal. */
  private static final Duration LAST_WORDS = Duration.ofSeconds(1);

  private final Settings settings;
  private final Host host;
  private final LogWriter log;
  private final LogSetup logSetup;
  private final boolean ownsProcess;
  private final Mailbox<Event> events;
  private final Instant startedAt;
  private final StopRequest request = new StopRequest();
  private volatile boolean inUse;
  private volatile @Nullable ListeningSocket probes;
  private final Wellbeing wellbeing;
  private final MemoryReserve memory = new MemoryReserve();
  private final CompletableFuture<Boolean> started = new CompletableFuture<>();
  private final CompletableFuture<@Nullable Exit> exit = new CompletableFuture<>();
  private volatile BlackBox blackBox = BlackBox.OFF;
  private volatile @Nullable SetupCall setupCall;
  private volatile List<Slot> slots = List.of();
  private volatile List<Runnable> onceUp = List.of();
  private volatile boolean allRunning;
  private volatile long outOfMemoryAt = Alarm.NEVER;
  private volatile @Nullable Descriptors descriptors;
  private boolean looksAtDescriptors;

  /** How many threads wait for the end, the one that starts the program included. */
  private final AtomicInteger waiting = new AtomicInteger(1);

  private final AtomicBoolean passedOn = new AtomicBoolean();
  private volatile boolean endsProcess;
  private volatile boolean shutDownByOthers;
  private final Queue<ExitCall> exitCalls = new ConcurrentLinkedQueue<>();
  private volatile @Nullable ExitCall exitCall;
  private volatile Signals.@Nullable Attached signals;
  private final AtomicLong changes = new AtomicLong();
  private final LongAdder stragglers = new LongAdder();
  private volatile Outcome outcome = Outcome.CLEAN;
  private volatile @Nullable Thread thread;
  private volatile @Nullable Thread listeners;
  private volatile @Nullable Alarm alarm;
  private volatile @Nullable Supplier<OpenTelemetry> telemetry;
  private volatile @Nullable Sockets sockets;
  private volatile Upgrades upgrades;

  Program(Settings settings, Host host, LogWriter log, LogSetup logSetup, boolean ownsProcess) {
    this.settings = settings;
    this.logSetup = logSetup;
    this.ownsProcess = ownsProcess;
    this.host = host;
    this.log = log;
    this.events = host.openMailbox();
    this.upgrades = host.upgrades();
    this.startedAt = host.now();
    this.wellbeing = new Wellbeing(this);
  }

  Settings settings() {
    return settings;
  }

  Host host() {
    return host;
  }

  LogWriter log() {
    return log;
  }

  BlackBox blackBox() {
    return blackBox;
  }

  /** From here on that is where it is noted how far the program comes. */
  void blackBox(BlackBox opened) {
    blackBox = opened;
  }

  /** The setup while it goes on; null before and after. */
  @Nullable SetupCall setupCall() {
    return setupCall;
  }

  void setupCall(@Nullable SetupCall call) {
    setupCall = call;
  }

  /** Whether the process ends with the program, under {@link Srun#runOrExit}. */
  boolean ownsProcess() {
    return ownsProcess;
  }

  Instant startedAt() {
    return startedAt;
  }

  StopRequest request() {
    return request;
  }

  // Who may be connecting

  /** A service has counted work, or claimed something to listen on. */
  void noteUse() {
    if (!inUse) {
      inUse = true;
    }
  }

  /** Notes where probes are answered. */
  void answersProbesAt(ListeningSocket socket) {
    probes = socket;
  }

  /** Whether somebody may be connecting but to be told how well the program is. */
  boolean isReachable() {
    return inUse || host.listensBesides(probePorts());
  }

  private Set<Integer> probePorts() {
    ListeningSocket known = probes;
    return known != null && known.address() instanceof InetSocketAddress address
        ? Set.of(address.getPort())
        : Set.of();
  }

  Wellbeing wellbeing() {
    return wellbeing;
  }

  Alarm alarm() {
    Alarm current = alarm;
    if (current == null) {
      throw new IllegalStateException("the program has not begun");
    }
    return current;
  }

  String loggerName(Slot slot) {
    return settings.program() + "." + slot.name();
  }

  /** Starts the watchdog, and the supervisor on a virtual thread. */
  void start(Supervisor supervises, List<Slot> all) {
    slots = all;
    give(null, new CompletableFuture<>(), new CompletableFuture<>());
    alarm = host.startWatchdog(new Lookout(this, supervises));
    Thread first = host.threads().make("srun-supervisor", false, supervises);
    thread = first;
    first.start();
  }

  /** Notes on which thread the supervisor goes on. */
  void isSupervisedBy(Thread second) {
    thread = second;
  }

  // Stragglers

  /** One more service has outlived a limit. */
  void straggled() {
    stragglers.increment();
  }

  // Outcome

  /** It has not gone better than that. */
  void worsened(Outcome to) {
    if (to.compareTo(outcome) > 0) { // by one thread at a time
      outcome = to;
    }
  }

  // Telemetry

  /** From here on that is what services are given. */
  void telemetry(Supplier<OpenTelemetry> source) {
    telemetry = source;
  }

  /** Waits for it where it is being built. */
  OpenTelemetry openTelemetry() {
    Supplier<OpenTelemetry> source = telemetry;
    OpenTelemetry its = source == null ? OpenTelemetry.noop() : source.get();
    logSetup.showSpans();
    return its;
  }

  // What is listened on, and who does it next

  /** From here on that is where services claim what they listen on. */
  void sockets(Sockets source) {
    sockets = source;
  }

  Sockets sockets() {
    Sockets known = sockets;
    if (known == null) {
      throw new IllegalStateException("nobody listens before the program begins");
    }
    return known;
  }

  /** From here on that is who upgrades the program. */
  void upgrades(Upgrades by) {
    upgrades = by;
  }

  Upgrades upgrades() {
    return upgrades;
  }

  /** Whether HUP upgrades the program, which is known before there is somebody to do so. */
  boolean upgradesOnHangUp() {
    return upgrades.isOn() || settings.upgrade().on();
  }

  @Override
  public CompletionStage<UpgradeOutcome> upgrade(String by) {
    if (by == null) {
      throw new NullPointerException("who upgrades the program is null");
    }
    if (request.asked() != null) {
      return refuseUpgrade("the program is stopping");
    }
    if (isOutOfDescriptors()) {
      return refuseUpgrade("the process has no file descriptor left");
    }
    return allRunning ? upgrades.begin(by) : refuseUpgrade("the program is still starting");
  }

  private CompletionStage<UpgradeOutcome> refuseUpgrade(String reason) {
    if (upgrades.isOn() || !upgradesOnHangUp()) {
      return upgrades.refuse(reason);
    }
    UpgradeOutcome refused = new UpgradeOutcome.Refused(reason); // in the setup
    log.warning("srun", refused.toString());
    return CompletableFuture.completedFuture(refused);
  }

  @Override
  public UpgradeFigures upgradeFigures() {
    return upgrades.figures();
  }

  // Messages

  /** Hands a message to the supervisor; never waits. */
  void post(Event event) {
    events.post(event);
  }

  Mailbox<Event> events() {
    return events;
  }

  /** How many messages the supervisor has handled. */
  long handled() {
    return changes.get() / 2;
  }

  /** Called by the supervisor before each message, and after it. */
  void beginsOrEndsMessage() {
    changes.setRelease(changes.getPlain() + 1); // by one thread at a time
  }

  /** Fixes the cause, if this is the first, and wakes the supervisor. Any thread. */
  void askToStop(Cause cause) {
    request.ask(cause, host.nanoTime());
    stopWasAsked();
  }

  /** Tells the supervisor, and the watchdog in case that one is kept from running. */
  void stopWasAsked() {
    post(Event.StopAsked.MESSAGE);
    SetupCall setup = setupCall;
    if (setup != null) {
      setup.stopWasAsked();
    }
    Alarm watchdog = alarm;
    if (watchdog != null) {
      watchdog.hurry();
    }
  }

  /** Every service is RUNNING. */
  void isUp() {
    allRunning = true;
    started.complete(true);
  }

  /** Has something done once when the program has been up for a while, on a thread of its own. */
  void onceUp(Runnable work) {
    List<Runnable> all = new ArrayList<>(onceUp);
    all.add(work);
    onceUp = all; // by the thread that starts the program
  }

  List<Runnable> onceUp() {
    return onceUp;
  }

  /** Whether every service has been RUNNING. */
  boolean isUpOrWas() {
    return allRunning;
  }

  /** Gives the exit to whoever waits for it; the first one stands. */
  void hasEnded(Exit how) {
    give(how, started, exit);
    blackBox.ended(how);
    passSignalOnIfNobodyWaits();
  }

  /**
   * Takes no memory, but for the first time when the JVM links it: that is why it is called once
   * before it is needed.
   */
  private static void give(
      @Nullable Exit how,
      CompletableFuture<Boolean> started,
      CompletableFuture<@Nullable Exit> exit) {
    started.complete(Boolean.FALSE);
    exit.complete(how);
  }

  // Memory

  void keepMemory() {
    memory.make();
  }

  void lookAtMemory() {
    memory.look();
  }

  /** Gives the memory kept for hard times back. */
  void releaseMemory() {
    memory.release();
  }

  /** There is not even enough memory to say so: from here on the program ends within the grace. */
  void outOfMemory() {
    memory.release();
    if (outOfMemoryAt == Alarm.NEVER) {
      outOfMemoryAt = host.nanoTime();
    }
  }

  boolean isOutOfMemory() {
    return outOfMemoryAt != Alarm.NEVER;
  }

  /** Asks to stop for that reason. */
  void askForWantOfMemory() {
    OutOfMemoryError error = new OutOfMemoryError("no memory is left to run the program");
    askToStop(new Cause.Failed(Failures.of("srun", Phase.RUN, error)));
  }

  // File descriptors

  /** Called by the watchdog; a program that stops before its first look has no need of it. */
  void lookAtDescriptors(long now) {
    Descriptors its = descriptors;
    if (its == null && !looksAtDescriptors && request.asked() == null) {
      looksAtDescriptors = true;
      its = descriptorsOfThisProcess();
      descriptors = its;
    }
    if (its != null) {
      its.look(now);
    }
  }

  /** Null also where none was left before the first look, and classes are files: none is loaded. */
  private @Nullable Descriptors descriptorsOfThisProcess() {
    try {
      return Descriptors.ofThisProcess(log, DefaultServices.ADMIN_LISTENER);
    } catch (LinkageError e) {
      log.warning("srun", "it is not noticed when no file descriptor is left: " + e);
      return null;
    }
  }

  private boolean isOutOfDescriptors() {
    Descriptors its = descriptors;
    return its != null && its.areExhausted();
  }

  /** Called when the watchdog has ended. */
  void closeDescriptors() {
    Descriptors its = descriptors;
    if (its != null) {
      its.close();
    }
  }

  // Signals, and a foreign shutdown of the JVM

  /** Has signals arrive, before anything of the program's is called. */
  void attachSignals(Signals.Receiver receiver) {
    if (settings.signals()) {
      signals = host.signals().attach(receiver, log);
    }
  }

  void detachSignals() {
    Signals.Attached attached = signals;
    if (attached != null) {
      attached.close();
    }
  }

  /** Notes that the setup has ended, which may have configured the logging. */
  void watchExits() {
    Signals.Attached attached = signals;
    if (attached != null && !shutDownByOthers) {
      attached.watchExits();
    }
  }

  /**
   * The thread that has started the program leaves it to itself. Until then it is one of those that
   * wait for the end.
   */
  void starterReturns() {
    waitsNoMore();
  }

  private void waitsNoMore() {
    waiting.decrementAndGet();
    passSignalOnIfNobodyWaits();
  }

  /** A thread that gets the exit decides what comes next; if no thread waits, the signal does. */
  private void passSignalOnIfNobodyWaits() {
    if (!ownsProcess && isOver() && waiting.get() == 0) {
      passSignalOn();
    }
  }

  /**
   * Has the signal that asked to stop do, once, what it would do without srun: in most programs it
   * ends the JVM. Without effect where srun ends the process itself, or somebody else does.
   */
  void passSignalOn() {
    Cause.Signalled signal = request.signal();
    Signals.Attached attached = signals;
    if (ownsProcess || signal == null || attached == null || shutDownByOthers) {
      return;
    }
    if (passedOn.compareAndSet(false, true)) {
      log.flush(LAST_WORDS); // the process may end by what comes now
      try {
        attached.passOn(signal);
      } catch (RuntimeException | LinkageError e) {
        log.warning("srun", signal + " cannot be given to its former handler: " + e);
      }
    }
  }

  /** Notes that srun itself is about to end the process. */
  void endsProcess() {
    endsProcess = true;
    Signals.Attached attached = signals;
    if (attached != null) {
      attached.endsProcess();
    }
  }

  /** Notes a shutdown of the JVM; true if someone else has begun it. */
  boolean jvmShutsDown() {
    shutDownByOthers |= !endsProcess;
    return shutDownByOthers;
  }

  boolean isShutDownByOthers() {
    return shutDownByOthers;
  }

  /** Notes a call of System.exit; false if it is srun's own. */
  boolean exitIsCalled(ExitCall call) {
    if (endsProcess) {
      return false;
    }
    exitCalls.add(call);
    return true;
  }

  /**
   * The call of System.exit by which the JVM shuts down; null if nobody called it or the program's
   * logging does not show it.
   */
  @Nullable ExitCall exitCall() {
    ExitCall found = exitCall;
    if (found == null && shutDownByOthers) {
      found = ExitCall.first(List.copyOf(exitCalls));
      exitCall = found;
    }
    return found;
  }

  // What others see

  List<Slot> slots() {
    return slots;
  }

  /** Whether another service of the program's own is still to be stopped. */
  boolean stopsOthersAfter(Slot slot) {
    for (Slot other : slots) {
      if (other == slot) {
        return false; // what was registered later was stopped before
      }
      if (other.isBegun() && !other.isStopping() && !other.isOfSrun()) {
        return true;
      }
    }
    return false;
  }

  @Override
  public Health health() {
    return wellbeing.overall();
  }

  @Override
  public boolean isReady() {
    return allRunning && request.asked() == null && wellbeing.letsBeReady();
  }

  @Override
  public boolean isLive() {
    return wellbeing.liveness().isLive(host.nanoTime());
  }

  @Override
  public String whyNotLive() {
    return wellbeing.liveness().whyNot(host.nanoTime());
  }

  @Override
  public Map<String, List<ThreadSnapshot>> threads() {
    Map<String, List<ThreadSnapshot>> threads = new LinkedHashMap<>();
    for (Slot slot : slots) {
      List<ThreadSnapshot> its = Findings.allStacks(slot);
      if (!its.isEmpty()) {
        threads.put(slot.name(), its);
      }
    }
    return threads;
  }

  @Override
  public HealthFigures healthFigures() {
    return wellbeing.figures();
  }

  @Override
  public boolean logLevel(String scope, System.Logger.@Nullable Level lowest) {
    if (scope == null) {
      throw new NullPointerException("the scope of the log level is null");
    }
    return logSetup.level(scope, lowest);
  }

  @Override
  public Map<String, System.Logger.Level> logLevels() {
    LogLevels levels = logSetup.levels();
    if (levels == null) {
      return Map.of();
    }
    Map<String, System.Logger.Level> all = new TreeMap<>(levels.byScope());
    all.put("", levels.lowest());
    return all;
  }

  /** Whether the exit is there. */
  boolean isOver() {
    return exit.isDone();
  }

  @Nullable Exit exitOrNull() {
    return exit.getNow(null);
  }

  @Override
  public long changes() {
    return changes.get();
  }

  @Override
  public RunnerStatus status() {
    StopRequest.Asked asked = request.asked();
    Instant at = host.now();
    long now = host.nanoTime(); // once for all services
    List<ServiceStatus> services = new ArrayList<>(slots.size());
    for (Slot slot : slots) {
      services.add(slot.status(at, now));
    }
    return new RunnerStatus(
        settings.program(),
        settings.version(),
        isReady(),
        isLive(),
        health(),
        asked == null ? null : asked.cause(),
        asked == null ? null : at.minusNanos(now - asked.at()),
        outcome,
        upgrades.generation(),
        stragglers.sum(),
        startedAt,
        at,
        services);
  }

  @Override
  public void stop(String reason) {
    stop(reason, null);
  }

  @Override
  public void stop(String reason, int code) {
    ExitCodes.check(code);
    stop(reason, Integer.valueOf(code));
  }

  private void stop(String reason, @Nullable Integer code) {
    if (reason == null) {
      throw new NullPointerException("the reason to stop is null");
    }
    askToStop(new Cause.Asked(Health.oneLine(reason), code));
  }

  @Override
  public Exit await() throws InterruptedException {
    refuseOnOwnThread();
    return awaitExit();
  }

  /** Apart from the wait with a limit, which allocates as it ends: the heap may be full then. */
  private Exit awaitExit() throws InterruptedException {
    waiting.incrementAndGet();
    Exit how = null;
    try {
      how = get(exit);
    } finally {
      if (how == null) {
        waitsNoMore();
      }
    }
    return ended(how);
  }

  @Override
  public Optional<Exit> await(Duration limit) throws InterruptedException {
    if (limit == null) {
      throw new NullPointerException("how long to wait for the end is null");
    }
    refuseOnOwnThread();
    waiting.incrementAndGet();
    Exit how = null;
    try {
      how = exit.get(TimeUnit.NANOSECONDS.convert(limit), TimeUnit.NANOSECONDS);
    } catch (TimeoutException runsOn) {
      how = exit.getNow(null); // it may have come since, and then the caller gets it
    } catch (ExecutionException e) {
      throw new IllegalStateException("never completed with an exception", e);
    } finally {
      if (how == null) {
        waitsNoMore();
      }
    }
    return how == null ? Optional.empty() : Optional.of(ended(how));
  }

  private void refuseOnOwnThread() {
    if (isOwn(Thread.currentThread())) {
      throw new IllegalStateException(
          "a thread of the program itself cannot wait for its end: "
              + Thread.currentThread().getName());
    }
  }

  /** Whether the program cannot end before the thread does. */
  private boolean isOwn(Thread caller) {
    if (caller == thread || caller == listeners) {
      return true;
    }
    for (Slot slot : slots) {
      for (Slot.Call call = slot.firstCall(); call != null; call = call.next()) {
        if (call.thread() == caller) {
          return true;
        }
      }
      if (slot.context().owned().liveThreads().contains(caller)) {
        return true;
      }
    }
    return false;
  }

  /** Notes on which thread the listeners are told of changes. */
  void listenersAreToldBy(Thread teller) {
    listeners = teller;
  }

  /** Waits for what comes after the exit, where that is not a thread that may never end. */
  private Exit ended(Exit how) throws InterruptedException {
    Thread last = thread;
    if (how.outcome() != Outcome.FORCED && last != null) {
      last.join(LAST_STEPS);
    }
    return how;
  }

  /** Waits for the end, but not for ever; an interrupt ends the wait. */
  void awaitEnd(Duration limit) {
    try {
      exit.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException goesOn) {
      // Whoever asked looks at the program and comes back.
    } catch (ExecutionException e) {
      throw new IllegalStateException("never completed with an exception", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** When the grace ends, if the program is stopping; else {@link Alarm#NEVER}. */
  long graceEnd() {
    StopRequest.Asked asked = request.asked();
    long since = asked == null ? outOfMemoryAt : asked.at();
    return since == Alarm.NEVER ? since : since + settings.grace().toNanos();
  }

  /** Waits for the end, whatever interrupts come. */
  Exit joinEnd() {
    return exit.join();
  }

  /** Waits until every service is RUNNING; false if the program ended before. */
  boolean awaitUp() throws InterruptedException {
    return get(started);
  }

  @Override
  public void close() {
    stop("closed");
    if (isOwn(Thread.currentThread())) {
      String name = Thread.currentThread().getName();
      log.warning("srun", "close() on a thread of the program itself (" + name + "): not waited");
      return;
    }
    awaitOrStop();
  }

  /** Returns the program's name and how far it is, in one line. */
  @Override
  public String toString() {
    return settings.program() + " (" + progress() + ")";
  }

  private String progress() {
    Exit how = exit.getNow(null);
    StopRequest.Asked asked = request.asked();
    if (how != null) {
      return how.toString();
    }
    if (asked != null) {
      return "stopping, " + asked.cause();
    }
    if (!allRunning) {
      return "starting";
    }
    return isReady() ? "ready" : "not ready, " + health();
  }

  /** Waits for the end; an interrupt asks the program to stop and is kept for the caller. */
  Exit awaitOrStop() {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return awaitExit();
        } catch (InterruptedException e) {
          interrupted = true;
          stop("interrupted");
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static <T> T get(CompletableFuture<T> future) throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("never completed with an exception", e);
    }
  }
}
