package dev.srun;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Owns every state of one program and the scope of its threads. Takes one message after another and
 * handles each without waiting and without calling user code.
 */
final class Supervisor {

  private enum Mode {
    STARTING,
    UP,
    DRAINING,
    STOPPING,
    OVERTIME,
    TELLING_LISTENERS,
    ENDED
  }

  /** What the stops have together when the grace is over. */
  static final Duration OVERTIME_BUDGET = Duration.ofMillis(300);

  /** When, within the overtime, what is owned is closed whether its owner has ended or not. */
  private static final Duration CLOSE_ALL = Duration.ofMillis(200);

  /** What the listeners have to take the last changes when the grace is over. */
  private static final Duration LISTENERS = Duration.ofMillis(50);

  /** What a log that nobody reads may hold up the end. */
  private static final Duration FLUSH = Duration.ofMillis(50);

  /** How many messages may fail to be handled before there is no point in going on. */
  private static final int PATIENCE_WITH_OURSELVES = 10;

  private final Program program;
  private final Signals.Receiver receiver;
  private final List<Slot> slots;
  private final StateFeed feed;
  private final TaskScope scope;
  private final Alarm alarm;
  private final Deadlines deadlines;
  private final PhaseThreads threads;
  private final StartSequence start;
  private final StopSequence stop;
  private final Findings findings;
  private Mode mode = Mode.STARTING;
  private boolean closedAll;
  private boolean listenersDone;
  private int brokenMessages;
  private long runDeadline = Alarm.NEVER;
  private long drainEnd = Alarm.NEVER;
  private long graceEnd = Alarm.NEVER;
  private long closeAllAt = Alarm.NEVER;
  private long overtimeEnd = Alarm.NEVER;
  private long listenersEnd = Alarm.NEVER;

  /** Called on the thread that will run it, since that one owns the scope. */
  Supervisor(
      Program program,
      List<List<Slot>> stages,
      List<StateListener> listeners,
      Signals.Receiver receiver) {
    Host host = program.host();
    this.program = program;
    this.receiver = receiver;
    this.slots = stages.stream().flatMap(List::stream).toList();
    this.scope = host.openScope();
    this.alarm = host.startAlarm(() -> program.post(Event.DeadlinePassed.MESSAGE));
    this.findings = new Findings(program);
    this.feed = new StateFeed(listeners, program);
    this.deadlines = new Deadlines(host, alarm);
    this.threads = new PhaseThreads(scope, program);
    Transitions transitions = new Transitions(program, feed);
    this.start = new StartSequence(stages, threads, transitions, deadlines);
    this.stop = new StopSequence(stages, threads, transitions, deadlines, this::fail);
  }

  /**
   * Supervises the program from its first init to its exit.
   *
   * @param setupFailure ends the program before anything is started, unless it is null
   */
  void run(@Nullable Failure setupFailure) {
    Signals.Attached signals = attachSignals();
    try {
      begin(setupFailure);
      while (mode != Mode.ENDED) {
        handleNext();
      }
    } finally {
      signals.close();
      alarm.close();
    }
    end();
  }

  private Signals.Attached attachSignals() {
    if (!program.settings().signals()) {
      return () -> {};
    }
    Signals.Attached attached =
        program.host().signals().attach(receiver, line -> program.log().info("srun", line));
    return program.ownsProcess() ? () -> {} : attached; // a process that ends keeps its handlers
  }

  private void begin(@Nullable Failure setupFailure) {
    program.log().debug("srun", "services run in " + scope.description());
    if (feed.hasListeners()) {
      scope.fork("srun-listeners", false, feed::tell);
    }
    if (setupFailure != null) {
      start.beginNext(); // what the setup owns, which is then closed
      fail(setupFailure);
      return;
    }
    Duration deadline = program.settings().deadline();
    if (deadline != null) {
      runDeadline = deadlines.at(deadline);
    }
    startNextStage();
  }

  private void handleNext() {
    try {
      handle(program.takeEvent());
    } catch (Throwable e) {
      findings.failed(Failures.of("srun", Phase.RUN, e));
      brokenMessages++;
      if (brokenMessages == PATIENCE_WITH_OURSELVES) {
        findings.forced();
        findings.leftBehind(slots);
        mode = Mode.ENDED;
      } else {
        program.post(Event.StopAsked.MESSAGE);
      }
    }
  }

  private void handle(Event event) {
    switch (event) {
      case Event.PhaseEnded ended -> phaseEnded(ended.slot(), ended.phase(), ended.failure());
      case Event.SaidReady said -> saidReady(said.slot());
      case Event.ThreadFailed thrown -> failedIn(thrown.slot(), thrown.failure());
      case Event.StopAsked asked -> stopAsked();
      case Event.DeadlinePassed passed -> deadlinePassed();
      case Event.ListenersDone done -> listenersDone();
    }
  }

  // What services do

  private void phaseEnded(Slot slot, Phase phase, @Nullable Failure failure) {
    slot.ended(phase, deadlines.now());
    if (failure != null) {
      failedIn(slot, failure);
    } else if (!slot.isStopping()) {
      succeeded(slot, phase);
    }
    if (mode.compareTo(Mode.TELLING_LISTENERS) < 0) {
      stop.proceed(slot);
      endIfStopped();
    }
  }

  private void succeeded(Slot slot, Phase phase) {
    switch (phase) {
      case INIT -> start.entered(slot);
      case READY -> start.running(slot);
      case RUN -> runReturned(slot);
      case SETUP, STOP, CLOSE -> throw new IllegalStateException(phase + " before the stop");
    }
    startNextStage();
  }

  private void saidReady(Slot slot) {
    if (!slot.isStopping()) {
      start.runSaidReady(slot);
      startNextStage();
    }
  }

  private void runReturned(Slot slot) {
    if (!slot.definition().kind().isTask()) {
      start.runSaidReady(slot);
      return;
    }
    slot.complete();
    program.log().debug(program.loggerName(slot), "completed");
    if (slot.definition().kind() == Definition.Kind.MAIN) {
      ask(new Cause.Completed(slot.name()));
    } else {
      endIfAllTasksCompleted(slot.name());
    }
  }

  private void endIfAllTasksCompleted(String last) {
    if (mode == Mode.UP && slots.stream().allMatch(Supervisor::keepsNothingRunning)) {
      ask(new Cause.Completed(last));
    }
  }

  private static boolean keepsNothingRunning(Slot slot) {
    return switch (slot.definition().kind()) {
      case SERVICE -> false;
      case INIT -> true;
      case TASK, MAIN -> slot.isCompleted();
    };
  }

  private void failedIn(Slot slot, Failure failure) {
    boolean inStop = failure.phase() == Phase.STOP || failure.phase() == Phase.CLOSE;
    boolean byInterrupt = failure.error() instanceof InterruptedException;
    boolean weInterrupted = findings.isForced() || slot.patience() != Slot.Patience.WAITING;
    boolean expected = slot.isStopping() && (!inStop || (byInterrupt && weInterrupted));
    if (!expected) {
      fail(failure);
      return;
    }
    program
        .log()
        .say(
            byInterrupt ? Level.DEBUG : Level.WARNING,
            program.loggerName(slot),
            failure.phase() + " threw after stop was called",
            failure.stackTrace());
  }

  // Start

  private void startNextStage() {
    while (mode == Mode.STARTING && program.request().asked() == null && start.stageIsRunning()) {
      if (!start.beginNext()) {
        isUp();
      }
    }
  }

  private void isUp() {
    mode = Mode.UP;
    program.isUp();
    program
        .log()
        .info(
            "srun",
            "%s is up: %d of %d services running after %s, pid %d"
                .formatted(
                    program.settings().program(),
                    slots.size(),
                    slots.size(),
                    Durations.text(findings.uptime()),
                    ProcessHandle.current().pid()));
    endIfAllTasksCompleted(
        slots.stream().filter(Slot::isCompleted).map(Slot::name).reduce("", (a, b) -> b));
  }

  // Stop

  private void ask(Cause cause) {
    program.request().ask(cause, deadlines.now());
    stopAsked();
  }

  private void fail(Failure failure) {
    findings.failed(failure);
    stopAsked();
  }

  private void stopAsked() {
    StopRequest.Asked asked = program.request().asked();
    if (asked == null) {
      return;
    }
    if (mode == Mode.STARTING || mode == Mode.UP) {
      beginStop(asked);
    }
    if (program.request().signals() >= 2 && (mode == Mode.DRAINING || mode == Mode.STOPPING)) {
      program.log().warning("srun", "second signal: interrupting what is left");
      beginOvertime();
    }
    if (program.request().signals() >= 3 && mode == Mode.OVERTIME) {
      tellListeners(deadlines.now());
    } else if (mode == Mode.TELLING_LISTENERS) {
      hurryListeners();
    }
  }

  private void beginStop(StopRequest.Asked asked) {
    Duration grace = program.settings().grace();
    graceEnd = deadlines.arm(asked.at() + grace.toNanos());
    if (start.current() >= 0) {
      program
          .log()
          .info("srun", "stopping (%s), grace %s".formatted(asked.cause(), Durations.text(grace)));
    }
    Duration drain = program.settings().drain();
    boolean serves =
        slots.stream().anyMatch(slot -> slot.definition().kind() == Definition.Kind.SERVICE);
    if (mode == Mode.UP && serves && drain.isPositive()) {
      mode = Mode.DRAINING;
      drainEnd = deadlines.arm(Deadlines.earlier(asked.at() + drain.toNanos(), graceEnd));
    } else {
      beginStops();
    }
  }

  private void beginStops() {
    mode = Mode.STOPPING;
    stop.begin(start.current(), graceEnd);
    endIfStopped();
  }

  private void beginOvertime() {
    if (mode == Mode.DRAINING) {
      beginStops();
    }
    if (mode != Mode.STOPPING) {
      return; // nothing was left to stop
    }
    mode = Mode.OVERTIME;
    findings.forced();
    closeAllAt = deadlines.at(CLOSE_ALL);
    overtimeEnd = deadlines.at(OVERTIME_BUDGET);
    stop.beginOvertime(overtimeEnd);
    endIfStopped();
  }

  private void endIfStopped() {
    if ((mode == Mode.STOPPING || mode == Mode.OVERTIME) && stop.isOver()) {
      tellListeners(graceEnd);
    }
  }

  /**
   * The last step before the end: the listeners have until the given moment, and a little at least.
   */
  private void tellListeners(long until) {
    findings.leftBehind(slots);
    if (!feed.hasListeners() || listenersDone) {
      mode = Mode.ENDED;
      return;
    }
    mode = Mode.TELLING_LISTENERS;
    feed.end();
    long least = deadlines.at(LISTENERS);
    listenersEnd = deadlines.arm(Alarm.before(least, until) ? until : least);
  }

  private void hurryListeners() {
    int signals = program.request().signals();
    if (signals >= 3) {
      mode = Mode.ENDED;
    } else if (signals == 2) {
      listenersEnd = Deadlines.earlier(listenersEnd, deadlines.at(LISTENERS));
    }
  }

  private void listenersDone() {
    listenersDone = true;
    listenersEnd = Alarm.NEVER;
    mode = mode == Mode.TELLING_LISTENERS ? Mode.ENDED : mode;
  }

  // Time

  private void deadlinePassed() {
    long now = deadlines.now();
    try {
      actOnTime(now);
    } finally {
      armForNext(now);
    }
  }

  private void actOnTime(long now) {
    if (Deadlines.hasPassed(runDeadline, now)) {
      runDeadline = Alarm.NEVER;
      Duration deadline = program.settings().deadline();
      ask(new Cause.DeadlinePassed(deadline == null ? Duration.ZERO : deadline));
    }
    if (mode == Mode.DRAINING && Deadlines.hasPassed(drainEnd, now)) {
      beginStops();
    }
    if ((mode == Mode.DRAINING || mode == Mode.STOPPING) && Deadlines.hasPassed(graceEnd, now)) {
      beginOvertime();
    }
    for (Slot slot : slots) {
      if (Deadlines.hasPassed(slot.deadline(), now)) {
        late(slot);
      }
    }
    if (mode == Mode.OVERTIME && !closedAll && Deadlines.hasPassed(closeAllAt, now)) {
      closedAll = true;
      stop.closeAll();
    }
    if (mode == Mode.OVERTIME && Deadlines.hasPassed(overtimeEnd, now)) {
      tellListeners(overtimeEnd);
    }
    if (mode == Mode.TELLING_LISTENERS && Deadlines.hasPassed(listenersEnd, now)) {
      mode = Mode.ENDED;
    }
  }

  private void late(Slot slot) {
    if (slot.isStopping()) {
      stop.late(slot);
      endIfStopped();
    } else {
      deadlines.clear(slot);
      fail(start.late(slot));
    }
  }

  private void armForNext(long now) {
    long[] global = {runDeadline, drainEnd, graceEnd, closeAllAt, overtimeEnd, listenersEnd};
    long next = Alarm.NEVER;
    for (long deadline : global) {
      next = Deadlines.hasPassed(deadline, now) ? next : Deadlines.earlier(next, deadline);
    }
    for (Slot slot : slots) {
      next = Deadlines.earlier(next, slot.deadline());
    }
    if (next != Alarm.NEVER) {
      deadlines.arm(next);
    }
  }

  // The end

  private void end() {
    if (feed.hasListeners() && !listenersDone) {
      feed.end();
      findings.leftListenersBehind(LISTENERS);
    }
    findings.suppressLater();
    Exit exit = findings.exit(slots);
    findings.tell(exit);
    boolean everyThreadEnded = findings.everythingEnded();
    if (everyThreadEnded) {
      scope.close();
    }
    program.log().flush(FLUSH);
    program.hasEnded(exit);
    if (!everyThreadEnded && scope.bindsOwner()) {
      scope.close();
    }
  }
}
