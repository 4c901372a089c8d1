package dev.srun;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
  static final Duration OVERTIME = Duration.ofMillis(300);

  /** When, within the overtime, what is owned is closed whether its owner has ended or not. */
  private static final Duration CLOSE_ALL = Duration.ofMillis(200);

  /** What the listeners have to take the last changes when the grace is over. */
  private static final Duration LISTENERS = Duration.ofMillis(100);

  /** What a log that nobody reads may hold up the end. */
  private static final Duration FLUSH = Duration.ofMillis(100);

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
  private final List<Failure> failures = new ArrayList<>();
  private final List<Straggler> stragglers = new ArrayList<>();
  private final long startedAt;
  private Mode mode = Mode.STARTING;
  private boolean forced;
  private boolean closedAll;
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
    this.alarm = host.startAlarm(() -> program.post(new Event.DeadlinePassed()));
    this.startedAt = host.nanoTime();
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
    begin(setupFailure);
    while (mode != Mode.ENDED) {
      handleNext();
    }
    if (!program.ownsProcess()) {
      signals.close();
    }
    alarm.close();
    end();
  }

  private Signals.Attached attachSignals() {
    if (!program.settings().signals()) {
      return () -> {};
    }
    return program.host().signals().attach(receiver, line -> program.log().info("srun", line));
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
      failed(Failures.of("srun", Phase.RUN, e));
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
    if (mode != Mode.TELLING_LISTENERS) {
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
    boolean wasTold = slot.isStopping();
    boolean inStop = failure.phase() == Phase.STOP || failure.phase() == Phase.CLOSE;
    boolean byInterrupt = failure.error() instanceof InterruptedException;
    if (!wasTold
        || (inStop && !(byInterrupt && (forced || slot.patience() != Slot.Patience.WAITING)))) {
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
    while (mode == Mode.STARTING && start.stageIsRunning()) {
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
                    Durations.text(since(startedAt)),
                    ProcessHandle.current().pid()));
    String last = slots.isEmpty() ? "" : slots.getLast().name();
    endIfAllTasksCompleted(last);
  }

  // Stop

  private void ask(Cause cause) {
    program.request().ask(cause, deadlines.now());
    stopAsked();
  }

  private void fail(Failure failure) {
    failed(failure);
    stopAsked();
  }

  /**
   * Records a failure: the cause if it is the first thing that happened, else suppressed onto it.
   */
  private void failed(Failure failure) {
    failures.add(failure);
    boolean misconfigured = failure.error() instanceof MisconfiguredException;
    if (!misconfigured) { // one line is all there is to say of that, and the exit says it
      program.log().error("srun", failure.headline(), failure);
    }
    Cause cause = misconfigured ? new Cause.Misconfigured(failure) : new Cause.Failed(failure);
    if (!program.request().ask(cause, deadlines.now())) {
      Failures.suppress(failures.getFirst().error(), failure.error());
    }
    program.post(new Event.StopAsked());
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
    forced = true;
    closeAllAt = deadlines.at(CLOSE_ALL);
    overtimeEnd = deadlines.at(OVERTIME);
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
    slots.reversed().stream()
        .filter(slot -> !slot.calls().isEmpty())
        .map(this::straggler)
        .forEach(stragglers::add);
    if (!feed.hasListeners()) {
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
    listenersEnd = Alarm.NEVER;
    mode = mode == Mode.TELLING_LISTENERS ? Mode.ENDED : mode;
  }

  // Time

  private void deadlinePassed() {
    if (deadlines.hasPassed(runDeadline)) {
      runDeadline = Alarm.NEVER;
      Duration deadline = program.settings().deadline();
      ask(new Cause.DeadlinePassed(deadline == null ? Duration.ZERO : deadline));
    }
    if (mode == Mode.DRAINING && deadlines.hasPassed(drainEnd)) {
      beginStops();
    }
    if ((mode == Mode.DRAINING || mode == Mode.STOPPING) && deadlines.hasPassed(graceEnd)) {
      beginOvertime();
    }
    for (Slot slot : slots) {
      if (deadlines.hasPassed(slot.deadline())) {
        late(slot);
      }
    }
    if (mode == Mode.OVERTIME && !closedAll && deadlines.hasPassed(closeAllAt)) {
      closedAll = true;
      stop.closeAll();
    }
    if (mode == Mode.OVERTIME && deadlines.hasPassed(overtimeEnd)) {
      tellListeners(overtimeEnd);
    }
    if (mode == Mode.TELLING_LISTENERS && deadlines.hasPassed(listenersEnd)) {
      mode = Mode.ENDED;
    }
    armForNext();
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

  private void armForNext() {
    long[] global = {runDeadline, drainEnd, graceEnd, closeAllAt, overtimeEnd, listenersEnd};
    long next = Alarm.NEVER;
    for (long deadline : global) {
      next = deadlines.hasPassed(deadline) ? next : Deadlines.earlier(next, deadline);
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
    if (listenersEnd != Alarm.NEVER) {
      stragglers.add(new Straggler("(state listeners)", Phase.RUN, LISTENERS, List.of()));
    }
    Exit exit = exit();
    tell(exit);
    boolean everyThreadEnded = stragglers.isEmpty();
    if (everyThreadEnded) {
      scope.close();
    }
    program.log().flush(FLUSH);
    program.hasEnded(exit);
    if (!everyThreadEnded && scope.bindsOwner()) {
      scope.close();
    }
  }

  private Exit exit() {
    StopRequest.Asked asked = program.request().asked();
    if (asked == null) {
      throw new IllegalStateException("ended without a cause");
    }
    Outcome outcome =
        forced || !stragglers.isEmpty()
            ? Outcome.FORCED
            : failures.isEmpty() ? Outcome.CLEAN : Outcome.FAILURES;
    boolean mainTaskCutOff =
        slots.stream()
            .anyMatch(
                slot -> slot.definition().kind() == Definition.Kind.MAIN && !slot.isCompleted());
    int code =
        program
            .settings()
            .exitCodes()
            .of(asked.cause(), outcome, mainTaskCutOff, program.request().signals() >= 3);
    return new Exit(
        asked.cause(), outcome, code, failures, stragglers, since(startedAt), since(asked.at()));
  }

  private Straggler straggler(Slot slot) {
    Phase phase = StopSequence.lastPhase(slot);
    Map<Phase, Slot.Call> calls = slot.calls();
    Slot.Call call = calls.getOrDefault(phase, new Slot.Call(Thread.currentThread(), startedAt));
    List<String> stacks =
        Stream.concat(
                calls.values().stream().map(Slot.Call::thread),
                slot.context().owned().liveThreads().stream())
            .distinct()
            .map(Supervisor::stack)
            .toList();
    return new Straggler(slot.name(), phase, since(call.since()), stacks);
  }

  private static String stack(Thread thread) {
    return Arrays.stream(thread.getStackTrace())
        .map(frame -> "\tat " + frame)
        .collect(Collectors.joining("\n", thread.getName() + " (" + thread.getState() + ")\n", ""));
  }

  private void tell(Exit exit) {
    for (Straggler straggler : exit.stragglers()) {
      program
          .log()
          .say(
              Level.ERROR,
              "srun",
              straggler + ", left behind",
              String.join("\n", straggler.threads()));
    }
    program
        .log()
        .say(
            exit.code() == 0 ? Level.INFO : Level.ERROR,
            "srun",
            "%s; up %s, stop took %s"
                .formatted(exit, Durations.text(exit.uptime()), Durations.text(exit.stopTook())),
            null);
  }

  private Duration since(long then) {
    return Duration.ofNanos(deadlines.now() - then);
  }
}
