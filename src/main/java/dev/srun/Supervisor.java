package dev.srun;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Owns every state of one program. Takes one message after another and handles each without waiting
 * and without calling user code.
 *
 * <p>It begins on a virtual thread, which owns the scope of the program's threads. Where that one
 * gets no processor, the watchdog has it {@linkplain #takeOver go on} on a platform thread.
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

  /**
   * What a service has thrown while it is being turned into text.
   *
   * @param told whether that took so long that the failure was recorded without it
   */
  private record Thrown(Slot slot, Phase phase, Throwable error, long end, boolean told) {
    boolean is(Slot other, Phase its) {
      return slot == other && phase == its;
    }
  }

  /** What the stops have together when their budget is used up. */
  static final Duration OVERTIME_BUDGET = Duration.ofMillis(300);

  /** When, within the overtime, what is owned is closed whether its owner has ended or not. */
  private static final Duration CLOSE_ALL = Duration.ofMillis(200);

  /** What closing has at least, when the overtime began late. */
  private static final Duration LAST_CLOSE = Duration.ofMillis(50);

  /** What the listeners have to take the last changes when the grace is over. */
  private static final Duration LISTENERS = Duration.ofMillis(50);

  /** What a log that nobody reads may hold up the end. */
  private static final Duration FLUSH = Duration.ofMillis(50);

  /** How long an exception may take to become text; that is its own code. */
  private static final Duration TEXT = Duration.ofMillis(500);

  /** How many messages may fail to be handled before there is no point in going on. */
  private static final int PATIENCE_WITH_OURSELVES = 10;

  private final Program program;
  private final Signals.Receiver receiver;
  private final List<Slot> slots;
  private final Budget budget;
  private final StateFeed feed;
  private final Deadlines deadlines;
  private final PhaseThreads threads;
  private final StartSequence start;
  private final StopSequence stop;
  private final Findings findings;
  private final Baton baton = new Baton();
  private final Exit lastResort;
  private Signals.Attached signals = () -> {};
  private Mode mode = Mode.STARTING;
  private boolean hurried;
  private boolean listenersDone;
  private boolean callsExit;
  private int brokenMessages;
  private int uncompleted;
  private @Nullable Thrown thrown;
  private long runDeadline = Alarm.NEVER;
  private long quietEnd = Alarm.NEVER;
  private long drainEnd = Alarm.NEVER;
  private long budgetEnd = Alarm.NEVER;
  private long graceEnd = Alarm.NEVER;
  private long closeAllAt = Alarm.NEVER;
  private long overtimeEnd = Alarm.NEVER;
  private long listenersEnd = Alarm.NEVER;
  private volatile @Nullable Thread first;

  /** Called on the thread that starts the program. */
  Supervisor(
      Program program,
      List<List<Slot>> stages,
      List<StateListener> listeners,
      Signals.Receiver receiver,
      Exit lastResort) {
    this.program = program;
    this.receiver = receiver;
    this.lastResort = lastResort;
    this.slots = stages.stream().flatMap(List::stream).toList();
    this.budget = Budget.of(stages, program.settings().grace());
    this.findings = new Findings(program, slots);
    this.feed = new StateFeed(listeners, program);
    this.deadlines = new Deadlines(program);
    this.threads = new PhaseThreads(program);
    Transitions transitions = new Transitions(program, feed);
    this.start = new StartSequence(stages, threads, transitions, deadlines, findings);
    this.stop = new StopSequence(stages, threads, transitions, deadlines, findings);
  }

  // The two threads

  /** Supervises the program from its first message to its exit, or until another takes over. */
  void run() {
    first = Thread.currentThread();
    TaskScope scope = program.host().openScope();
    try {
      threads.enterScope(scope);
      program.log().debug("srun", "services run in " + scope.description());
      if (feed.hasListeners()) {
        scope.fork("srun-listeners", false, feed::tell);
      }
      if (handleUntilTheEnd()) {
        end(scope);
      } else {
        stayBehind(scope);
      }
    } finally {
      if (!baton.isTaken()) {
        giveLastResort();
      }
    }
  }

  /** Handles messages; false if another has taken over. */
  private boolean handleUntilTheEnd() {
    Mailbox<Event> events = program.events();
    while (baton.hold()) {
      try {
        for (Event event = next(events); event != null; event = next(events)) {
          handleOrFail(event);
        }
        if (mode == Mode.ENDED) {
          return true; // with the baton, so that nobody else ends the program as well
        }
      } finally {
        if (mode != Mode.ENDED) {
          baton.release();
        }
      }
      await(events);
    }
    return false;
  }

  private @Nullable Event next(Mailbox<Event> events) {
    return mode == Mode.ENDED ? null : events.poll();
  }

  private static void await(Mailbox<Event> events) {
    try {
      events.await();
    } catch (InterruptedException e) {
      // Only who takes over interrupts, and the baton tells.
    }
  }

  /** What is left for the thread that lost the baton: the scope, which nobody else can close. */
  private void stayBehind(TaskScope scope) {
    program.post(new Event.VirtualThreadsRun());
    program.joinEnd();
    if (scope.bindsOwner()) {
      scope.close();
    }
  }

  /**
   * Has a platform thread go on as the supervisor. Called by the watchdog.
   *
   * @return false if the first is in the middle of a message, or there is no thread to be had
   */
  boolean takeOver() {
    if (!baton.take()) {
      return false;
    }
    try {
      program.host().startThread("srun-supervisor-2", true, this::goOn);
      return true;
    } catch (Throwable noThread) {
      baton.giveBack();
      throw noThread;
    }
  }

  private void goOn() {
    try {
      handleOrFail(new Event.TakenOver());
      Mailbox<Event> events = program.events();
      while (mode != Mode.ENDED) {
        Event event = events.poll();
        if (event == null) {
          await(events);
        } else {
          handleOrFail(event);
        }
      }
      end(null);
    } finally {
      giveLastResort();
    }
  }

  /** Without effect unless the supervisor could not go on. */
  private void giveLastResort() {
    if (!program.isOver()) {
      close();
      program.hasEnded(lastResort);
    }
  }

  private void takenOver() {
    threads.leaveScope();
    stop.stalled(true);
    program
        .log()
        .warning(
            "srun",
            "virtual threads make no progress%s; going on with platform threads"
                .formatted(holders()));
    stopAsked();
    slots.forEach(threads::resume);
    deadlinePassed();
    Thread virtual = first;
    if (virtual != null) {
      virtual.interrupt();
    }
  }

  /** Whose code holds the carriers of virtual threads. */
  private String holders() {
    List<String> holders = slots.stream().filter(Findings::holdsCarrier).map(Slot::name).toList();
    return holders.isEmpty() ? "" : ": held up by " + String.join(", ", holders);
  }

  /** The exit as far as it is known, for who cannot wait for the supervisor any more. */
  Exit exitFromOutside() {
    try {
      return findings.exitFromOutside();
    } catch (Throwable e) {
      return lastResort;
    }
  }

  void rehearseTheEnd() {
    findings.rehearse();
  }

  // Messages

  private void handleOrFail(Event event) {
    try {
      handle(event);
    } catch (Throwable e) {
      brokenMessages++;
      program.releaseMemory();
      findings.failed(Failures.of("srun", Phase.RUN, e));
      if (brokenMessages == PATIENCE_WITH_OURSELVES) {
        findings.forced();
        findings.leftBehind();
        mode = Mode.ENDED;
      } else {
        program.post(Event.StopAsked.MESSAGE);
      }
    } finally {
      program.hasHandledOne();
    }
  }

  private void handle(Event event) {
    switch (event) {
      case Event.Begin begin -> begin(begin.setupFailure());
      case Event.PhaseEnded ended -> phaseEnded(ended.slot(), ended.phase(), ended.failure());
      case Event.Throwing throwing -> throwing(throwing);
      case Event.SaidReady said -> saidReady(said.slot());
      case Event.ThreadFailed thrown -> failedIn(thrown.slot(), thrown.failure());
      case Event.CallExits exits -> callExits(exits.slot(), exits.call());
      case Event.StopAsked asked -> stopAsked();
      case Event.DeadlinePassed passed -> deadlinePassed();
      case Event.ListenersDone done -> listenersDone();
      case Event.Ping ping -> {}
      case Event.TakenOver taken -> takenOver();
      case Event.VirtualThreadsRun run -> stop.stalled(false);
    }
  }

  private void begin(@Nullable Failure setupFailure) {
    attachSignals();
    uncompleted = (int) slots.stream().filter(Supervisor::keepsRunning).count();
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

  private void attachSignals() {
    if (program.settings().signals()) {
      signals = program.host().signals().attach(receiver, line -> program.log().info("srun", line));
    }
  }

  // What services do

  private void phaseEnded(Slot slot, Phase phase, @Nullable Failure failure) {
    boolean told = thrown != null && thrown.is(slot, phase) && thrown.told;
    thrown = thrown != null && thrown.is(slot, phase) ? null : thrown;
    slot.ended(phase, deadlines.now());
    if (failure != null && !told) {
      failedIn(slot, failure);
    } else if (failure == null && !slot.isStopping()) {
      succeeded(slot, phase);
    }
    proceed(() -> stop.proceed(slot));
  }

  private void proceed(Runnable next) {
    if (mode.compareTo(Mode.TELLING_LISTENERS) < 0) {
      next.run();
      endIfStopped();
    }
  }

  private void succeeded(Slot slot, Phase phase) {
    switch (phase) {
      case INIT -> start.entered(slot);
      case READY -> start.running(slot);
      case RUN -> runReturned(slot);
      case DRAIN -> {}
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
    uncompleted--;
    program.log().debug(program.loggerName(slot), "completed");
    if (slot.definition().kind() == Definition.Kind.MAIN) {
      ask(new Cause.Completed(slot.name()));
    } else {
      endIfAllTasksCompleted(slot.name());
    }
  }

  private void endIfAllTasksCompleted(String last) {
    if (mode == Mode.UP && uncompleted == 0) {
      ask(new Cause.Completed(last));
    }
  }

  private static boolean keepsRunning(Slot slot) {
    return slot.definition().kind() != Definition.Kind.INIT;
  }

  private void failedIn(Slot slot, Failure failure) {
    boolean inStop =
        switch (failure.phase()) {
          case DRAIN, STOP, CLOSE -> true;
          case SETUP, INIT, RUN, READY -> false;
        };
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
            new LogDetail.Thrown(failure.stackTrace()));
  }

  /** Limits how long what was thrown may take to become text. */
  private void throwing(Event.Throwing event) {
    if (thrown == null) {
      long end = deadlines.at(TEXT);
      thrown = new Thrown(event.slot(), event.phase(), event.error(), end, false);
    }
  }

  private void textIsLate(Thrown late) {
    thrown = new Thrown(late.slot, late.phase, late.error, Alarm.NEVER, true);
    String text = late.error.getClass().getName() + " (its text takes too long)";
    failedIn(late.slot, new Failure(late.slot.name(), late.phase, late.error, text));
  }

  private void callExits(Slot slot, Slot.Call call) {
    Phase phase = call.phase();
    if (slot.call(phase) == call) {
      callsExit = true;
      slot.ended(phase, deadlines.now());
      program.log().info(program.loggerName(slot), phase + " called System.exit");
      proceed(() -> stop.proceedWithout(slot, phase));
    }
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
    int signals = program.request().signals();
    if (signals >= 2 && !hurried && mode.compareTo(Mode.OVERTIME) <= 0) {
      hurried = true;
      program.log().warning("srun", "second signal: interrupting what is left");
      beginOvertime();
    }
    if (signals >= 3 && mode == Mode.OVERTIME) {
      tellListeners(deadlines.now());
    } else if (mode == Mode.TELLING_LISTENERS) {
      hurryListeners(signals);
    }
  }

  private void beginStop(StopRequest.Asked asked) {
    Duration grace = program.settings().grace();
    graceEnd = deadlines.arm(asked.at() + grace.toNanos());
    budgetEnd = deadlines.arm(budget.firstEnd(graceEnd));
    program.alarm().hurry();
    if (start.current() >= 0) {
      program
          .log()
          .info("srun", "stopping (%s), grace %s".formatted(asked.cause(), Durations.text(grace)));
    }
    boolean wasUp = mode == Mode.UP;
    if (wasUp) {
      slots.stream()
          .filter(slot -> slot.context().hasDrain() && slot.state() == ServiceState.RUNNING)
          .forEach(threads::drain);
    }
    if (wasUp && drains(asked)) {
      mode = Mode.DRAINING;
      drainEnd =
          deadlines.arm(
              Deadlines.earlier(asked.at() + program.settings().drain().toNanos(), budgetEnd));
      quietEnd = deadlines.at(program.settings().drainQuiet());
    } else {
      beginStops();
    }
  }

  private boolean drains(StopRequest.Asked asked) {
    return program.settings().drain().isPositive()
        && !asked.atOnce()
        && slots.stream().anyMatch(slot -> slot.definition().kind() == Definition.Kind.SERVICE);
  }

  /** Ends the drain early where work is counted and nothing has been in flight for a while. */
  private void endDrainIfQuiet(long now) {
    Duration quiet = program.settings().drainQuiet();
    InFlightCount inFlight = program.inFlight();
    long idleSince = inFlight.isUsed() ? inFlight.idleSince(now) : now;
    if (now - idleSince >= quiet.toNanos()) {
      program.log().info("srun", "nothing in flight for %s".formatted(Durations.text(quiet)));
      beginStops();
    } else {
      quietEnd = deadlines.arm(idleSince + quiet.toNanos());
    }
  }

  private void beginStops() {
    mode = Mode.STOPPING;
    stop.begin(start.current(), budget.reservedStages(), budgetEnd);
    endIfStopped();
  }

  private void beginOvertime() {
    if (mode == Mode.DRAINING) {
      beginStops();
    }
    if (mode != Mode.STOPPING && mode != Mode.OVERTIME) {
      return; // nothing was left to stop
    }
    mode = Mode.OVERTIME;
    findings.forced();
    overtimeEnd = Deadlines.earlier(deadlines.at(OVERTIME_BUDGET), latestOvertimeEnd());
    long lastMoment = deadlines.arm(overtimeEnd - LAST_CLOSE.toNanos());
    closeAllAt = Deadlines.earlier(deadlines.at(CLOSE_ALL), lastMoment);
    stop.beginOvertime(overtimeEnd, hurried);
    endIfStopped();
  }

  /** Whatever has kept this thread from running, something is left to give the exit. */
  private long latestOvertimeEnd() {
    return deadlines.arm(graceEnd + OVERTIME_BUDGET.plus(FLUSH).toNanos());
  }

  private void endIfStopped() {
    if ((mode == Mode.STOPPING || mode == Mode.OVERTIME) && stop.isOver()) {
      endOfLeg(graceEnd);
    }
  }

  /** Goes on with what may spend the reserve, if that is still to be stopped. */
  private void endOfLeg(long listenersUntil) {
    if (!stop.hasSecondLeg()) {
      tellListeners(listenersUntil);
      return;
    }
    mode = Mode.STOPPING;
    closeAllAt = Alarm.NEVER;
    overtimeEnd = Alarm.NEVER;
    budgetEnd = graceEnd;
    stop.beginSecondLeg(graceEnd);
    endIfStopped();
  }

  /**
   * The last step before the end: the listeners have until the given moment, and a little at least.
   */
  private void tellListeners(long until) {
    findings.leftBehind();
    if (!feed.hasListeners() || listenersDone) {
      mode = Mode.ENDED;
      return;
    }
    mode = Mode.TELLING_LISTENERS;
    feed.end();
    long least = deadlines.at(LISTENERS);
    listenersEnd = deadlines.arm(Alarm.before(least, until) ? until : least);
  }

  private void hurryListeners(int signals) {
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
    if (thrown != null && Deadlines.hasPassed(thrown.end, now)) {
      textIsLate(thrown);
    }
    if (mode == Mode.DRAINING && Deadlines.hasPassed(drainEnd, now)) {
      beginStops();
    }
    if (mode == Mode.DRAINING && Deadlines.hasPassed(quietEnd, now)) {
      endDrainIfQuiet(now);
    }
    if (mode == Mode.STOPPING && Deadlines.hasPassed(budgetEnd, now)) {
      beginOvertime();
    }
    for (Slot slot : slots) {
      if (Deadlines.hasPassed(slot.deadline(), now)) {
        late(slot);
      }
    }
    if (mode == Mode.OVERTIME && Deadlines.hasPassed(closeAllAt, now)) {
      closeAllAt = Alarm.NEVER;
      stop.closeAll();
    }
    if (mode == Mode.OVERTIME && Deadlines.hasPassed(overtimeEnd, now)) {
      endOfLeg(overtimeEnd);
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
      start.late(slot);
      deadlines.clear(slot);
      stopAsked();
    }
  }

  private void armForNext(long now) {
    long textEnd = thrown == null ? Alarm.NEVER : thrown.end;
    long[] global = {
      runDeadline, textEnd, quietEnd, drainEnd, budgetEnd, closeAllAt, overtimeEnd, listenersEnd
    };
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

  /**
   * Gives the exit, when nothing is left to be done.
   *
   * @param scope null if another thread owns it
   */
  private void end(@Nullable TaskScope scope) {
    if (feed.hasListeners() && !listenersDone) {
      feed.end();
      findings.leftListenersBehind(LISTENERS);
    }
    findings.suppressLater(scope == null);
    Exit exit = findings.exit();
    findings.tell(exit);
    boolean everyThreadEnded = findings.everythingEnded() && !callsExit;
    if (scope != null && everyThreadEnded) {
      scope.close();
    }
    program.log().flush(FLUSH);
    close();
    program.hasEnded(exit);
    if (scope != null && !everyThreadEnded && scope.bindsOwner()) {
      scope.close();
    }
  }

  /** A process that ends with the program keeps its handlers and its watchdog until then. */
  private void close() {
    if (!program.ownsProcess()) {
      signals.close();
      program.alarm().close();
    }
  }
}
