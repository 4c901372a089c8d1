package dev.srun;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * From the first init to the last stop: what each message means for the program. Handles one after
 * another, without waiting and without calling user code. Used by the supervisor alone.
 */
final class Lifecycle {

  private enum Mode {
    /** What comes before the program has begun, such as a signal, counts when it begins. */
    NOT_BEGUN,
    STARTING,
    /** In a program that takes another one's place: all run that may, and nothing comes yet. */
    AT_THE_GATE,
    UP,
    DRAINING,
    STOPPING,
    OVERTIME,
    TELLING_LISTENERS,
    ENDED
  }

  /** When, within the overtime, what is owned is closed whether its owner has ended or not. */
  private static final Duration CLOSE_ALL = Duration.ofMillis(200);

  /** What closing has at least, when the overtime began late. */
  private static final Duration LAST_CLOSE = Duration.ofMillis(50);

  /** What the listeners have to take the last changes when the grace is over. */
  static final Duration LISTENERS = Duration.ofMillis(50);

  private final Program program;
  private final List<Slot> slots;
  private final Budget budget;
  private final Findings findings;
  private final StateFeed feed;
  private final Moment moment;
  private final Deadlines deadlines;
  private final PhaseThreads threads;
  private final StartSequence start;
  private final StopSequence stop;
  private final Drain drain;
  private final PendingTexts texts;
  private final HealthTable health;
  private final HealthVerdicts verdicts;
  private Mode mode = Mode.NOT_BEGUN;
  private boolean hurried;
  private boolean listenersDone;
  private boolean callsExit;
  private boolean exclusiveRuns = true;
  private int uncompleted;
  private long graceEnd = Alarm.NEVER;

  Lifecycle(
      Program program,
      List<List<Slot>> stages,
      List<Slot> slots,
      Findings findings,
      StateFeed feed,
      PhaseThreads threads) {
    this.program = program;
    this.slots = slots;
    this.budget = Budget.of(stages, program.settings().grace());
    this.findings = findings;
    this.feed = feed;
    this.threads = threads;
    this.moment = new Moment(program.host());
    this.deadlines = new Deadlines(program, moment, slots);
    this.texts = new PendingTexts(deadlines);
    this.drain = new Drain(program, slots, deadlines);
    this.health = new HealthTable(program, moment, slots);
    HealthChecks checks = new HealthChecks(program, slots, threads, deadlines, health);
    Transitions transitions = new Transitions(program, moment, feed, health);
    this.start =
        new StartSequence(
            program, stages, threads, transitions, deadlines, findings, checks, health);
    if (program.upgrades().takesOver()) {
      start.withhold();
    }
    this.verdicts = new HealthVerdicts(health, checks, start, deadlines, findings);
    this.stop = new StopSequence(stages, threads, transitions, deadlines, findings);
  }

  /** Whether nothing is left to be done. */
  boolean hasEnded() {
    return mode == Mode.ENDED;
  }

  /** Whether the listeners have been told everything. */
  boolean listenersAreDone() {
    return listenersDone;
  }

  /** Whether a call stands in {@code System.exit}, so that its thread will never end. */
  boolean callsExit() {
    return callsExit;
  }

  /** Ends the program as it stands, since messages fail to be handled. */
  void giveUp() {
    findings.forced();
    findings.leftBehind();
    mode = Mode.ENDED;
  }

  void handle(Event event) {
    moment.isNow();
    event.happenTo(this);
    verdicts.judge();
    tellOnceNothingExclusiveRuns();
  }

  // What happens; called by the events

  void begin(@Nullable Failure setupFailure, boolean cutsOffMainTask) {
    mode = Mode.STARTING;
    findings.cutsOffMainTask(cutsOffMainTask);
    for (Slot slot : slots) {
      uncompleted += slot.definition().kind() == Definition.Kind.INIT ? 0 : 1;
    }
    if (setupFailure != null) {
      fail(setupFailure);
      return;
    }
    if (program.request().asked() != null) { // in the setup, or since
      stopAsked();
      return;
    }
    Duration deadline = program.settings().deadline();
    if (deadline != null) {
      deadlines.set(Timer.RUN, deadline);
    }
    startNextStage();
  }

  /** Virtual threads get no processor: what comes from here on runs on platform threads. */
  void takenOver() {
    threads.leaveScope();
    stop.stalled(true);
    String noProgress = Findings.noProgress(Findings.carrierHolders(slots));
    program.log().warning("srun", noProgress + "; going on with platform threads");
    stopAsked();
    for (Slot slot : slots) {
      threads.resume(slot);
    }
    deadlinePassed();
  }

  /** After a take-over, they do again. */
  void virtualThreadsRun() {
    stop.stalled(false);
  }

  // What services do

  void throwing(Slot slot, Thrown thrown) {
    texts.begin(slot, thrown);
  }

  void healthReported(Slot slot) {
    verdicts.reported(slot);
  }

  void phaseEnded(Slot slot, Phase phase, @Nullable Thrown thrown) {
    slot.ended(phase, deadlines.now());
    if (phase == Phase.DRAIN) {
      drainAsked(slot); // for what has come since its thread looked
    }
    if (phase == Phase.RUN && thrown == null) {
      slot.halfStarted(false);
    }
    if (thrown != null) {
      thrownIn(slot, thrown);
    } else if (!slot.isStopping()) {
      succeeded(slot, phase);
    }
    if (isBeforeTheEnd()) {
      stop.proceed(slot);
      endIfStopped();
    }
  }

  private boolean isBeforeTheEnd() {
    return mode.compareTo(Mode.TELLING_LISTENERS) < 0;
  }

  private void succeeded(Slot slot, Phase phase) {
    switch (phase) {
      case INIT -> start.entered(slot);
      case READY -> start.ready(slot);
      case WARM_UP -> start.warmedUp(slot);
      case RUN -> runReturned(slot);
      case CHECK -> checkEnded(slot, null);
      case DRAIN -> {}
      case SETUP, STOP, CLOSE -> throw new IllegalStateException(phase + " before the stop");
    }
    startNextStage();
  }

  void saidReady(Slot slot) {
    if (!slot.isStopping()) {
      start.runSaidReady(slot);
      startNextStage();
    }
  }

  private void runReturned(Slot slot) {
    Definition.Kind kind = slot.definition().kind();
    if (kind != Definition.Kind.INIT) {
      slot.complete();
    }
    if (!kind.isTask()) {
      start.runSaidReady(slot);
      return;
    }
    uncompleted--;
    program.log().debug(program.loggerName(slot), "completed");
    if (kind == Definition.Kind.MAIN) {
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

  /** The text of what was thrown is there, or never will be. */
  void thrownIn(Slot slot, Thrown thrown) {
    if (!texts.wasToldWithout(slot, thrown)) {
      judge(slot, thrown);
    }
  }

  private void judge(Slot slot, Thrown thrown) {
    Failure failure = thrown.failure();
    if (start.asksAgain(slot, thrown)) {
      return;
    }
    switch (thrown.leadsTo(timeIsOver(slot, failure.phase()), slot.isHalfStarted())) {
      case FAILS -> fail(failure);
      case IS_UNHEALTHY -> checkEnded(slot, failure);
      case WARNS -> goesOnWithout(slot, failure, Level.WARNING);
      case IS_EXPECTED -> goesOnWithout(slot, failure, Level.DEBUG);
    }
  }

  /** Whether the phase was interrupted because it has had the time that it may have. */
  private boolean timeIsOver(Slot slot, Phase phase) {
    boolean startWentOn = phase == Phase.WARM_UP && slot.state() == ServiceState.RUNNING;
    return startWentOn || findings.isForced() || slot.patience() != Slot.Patience.WAITING;
  }

  private void goesOnWithout(Slot slot, Failure failure, Level level) {
    boolean starts = failure.phase() == Phase.WARM_UP && !slot.isStopping();
    if (program.log().isLoggable(level)) {
      String scope = program.loggerName(slot);
      LogDetail stack = new LogDetail.Thrown(failure.stackTrace());
      if (starts) {
        program.log().say(level, scope, "warm-up failed, and the start goes on without", stack);
      } else if (failure.phase() == Phase.STOP && slot.isHalfStarted()) {
        String line = "stop of a start that was interrupted, which may leave something: ";
        program.log().say(level, scope, line + failure.why(), null);
      } else {
        program.log().say(level, scope, failure.phase() + " threw after stop was called", stack);
      }
    }
    if (starts) {
      start.warmedUp(slot);
      startNextStage();
    }
  }

  private void checkEnded(Slot slot, @Nullable Failure thrown) {
    verdicts.ended(slot, thrown);
    stopAsked();
    startNextStage();
  }

  @SuppressWarnings("ReferenceEquality") // a call is itself
  void callExits(Slot slot, Slot.Call call) {
    Phase phase = call.phase();
    if (slot.call(phase) != call) {
      return; // noticed before
    }
    callsExit = true;
    slot.ended(phase, deadlines.now());
    program.log().info(program.loggerName(slot), phase + " called System.exit");
    if (isBeforeTheEnd()) {
      stop.proceedWithout(slot, phase);
      endIfStopped();
    }
  }

  // Start

  private void startNextStage() {
    while (goesOn() && start.stageIsRunning() && start.beginNext()) {
      // until a stage has something to wait for
    }
    if (goesOn() && start.stageIsRunning()) {
      everyStageIsRunning();
    }
  }

  private boolean goesOn() {
    boolean starts = mode == Mode.STARTING || (mode == Mode.UP && start.isReleasing());
    return starts && program.request().asked() == null;
  }

  private void everyStageIsRunning() {
    if (mode == Mode.UP) {
      start.isComplete();
      program.upgrades().isComplete();
    } else if (program.upgrades().takesOver()) {
      mode = Mode.AT_THE_GATE;
      program.upgrades().isUp();
    } else {
      isUp();
      program.upgrades().isUp();
      program.upgrades().isComplete();
    }
  }

  /** Connections come from here on, unless the program stops. */
  void isLetIn(CompletableFuture<Boolean> handled) {
    boolean goesOn = mode == Mode.AT_THE_GATE;
    if (goesOn) {
      isUp();
      if (!start.withholds()) {
        program.upgrades().isComplete();
      }
    }
    handled.complete(goesOn);
  }

  void exclusiveMayStart() {
    start.release();
    startNextStage();
  }

  private void isUp() {
    mode = Mode.UP;
    health.overall().isUp();
    program.isUp();
    program.blackBox().running();
    int running = 0;
    String lastCompleted = "";
    for (Slot slot : slots) {
      running += slot.isBegun() ? 1 : 0;
      lastCompleted = slot.isCompleted() ? slot.name() : lastCompleted;
    }
    tellThatItIsUp(running);
    endIfAllTasksCompleted(lastCompleted);
  }

  /** Where nobody hears it the process is not asked for its number, which takes a while. */
  private void tellThatItIsUp(int running) {
    if (program.log().isLoggable(Level.INFO)) {
      program
          .log()
          .info(
              "srun",
              program.settings().program()
                  + " is up: "
                  + running
                  + " of "
                  + slots.size()
                  + " services running after "
                  + Durations.text(findings.uptime())
                  + ", pid "
                  + ProcessHandle.current().pid());
    }
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

  void stopAsked() {
    StopRequest.Asked asked = program.request().asked();
    if (asked == null || mode == Mode.NOT_BEGUN) {
      return;
    }
    if (mode == Mode.STARTING || mode == Mode.AT_THE_GATE || mode == Mode.UP) {
      beginStop(asked);
    }
    int signals = program.request().signals();
    if (signals >= 2 && !hurried && isBeforeTheEnd()) {
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
    program.upgrades().isStopping();
    Duration grace = program.settings().grace();
    graceEnd = asked.at() + grace.toNanos();
    long budgetEnd = budget.firstEnd(graceEnd);
    deadlines.setAt(Timer.BUDGET, budgetEnd);
    program.alarm().hurry();
    start.beginWhatSetupOwns();
    if (start.current() >= 0) {
      program
          .log()
          .info("srun", "stopping (" + asked.cause() + "), grace " + Durations.text(grace));
    }
    boolean wasUp = mode == Mode.UP;
    if (wasUp) {
      for (Slot slot : slots) {
        if (slot.state() == ServiceState.RUNNING) {
          slot.context().drains(); // before it is seen whether it has something to be told
          drainAsked(slot);
        }
      }
    }
    if (wasUp && drain.begin(asked, budgetEnd)) {
      mode = Mode.DRAINING;
    } else {
      beginStops();
    }
  }

  /** Tells the service that the drain has begun, where it wants to know that and does not yet. */
  void drainAsked(Slot slot) {
    if (isBeforeTheEnd()
        && slot.context().hasDrain()
        && slot.call(Phase.DRAIN) == null
        && !slot.isClosing()) {
      threads.call(slot, Phase.DRAIN, deadlines.now());
    }
  }

  /** What is left behind runs as long as the process does, which the other one sees. */
  private void tellOnceNothingExclusiveRuns() {
    if (exclusiveRuns && mode.compareTo(Mode.STOPPING) >= 0 && everythingExclusiveIsStopped()) {
      exclusiveRuns = false;
      program.upgrades().exclusiveStopped();
    }
  }

  private boolean everythingExclusiveIsStopped() {
    for (Slot slot : slots) {
      if (slot.definition().exclusive() && slot.state() != ServiceState.STOPPED) {
        return false;
      }
    }
    return true;
  }

  private void beginStops() {
    mode = Mode.STOPPING;
    health.overall().isStopping();
    stop.begin(start.current(), budget.reservedStages(), budget.firstEnd(graceEnd));
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
    long now = deadlines.now();
    long end = Deadlines.earlier(now + Budget.OVERTIME.toNanos(), budget.overtimeEnd(graceEnd));
    deadlines.setAt(Timer.OVERTIME, end);
    deadlines.setAt(
        Timer.CLOSE_ALL, Deadlines.earlier(now + CLOSE_ALL.toNanos(), end - LAST_CLOSE.toNanos()));
    stop.beginOvertime(end, hurried);
    endIfStopped();
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
    deadlines.setAt(Timer.BUDGET, graceEnd);
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
    long least = deadlines.now() + LISTENERS.toNanos();
    deadlines.setAt(Timer.LISTENERS, Alarm.before(least, until) ? until : least);
  }

  private void hurryListeners(int signals) {
    if (signals >= 3) {
      mode = Mode.ENDED;
    } else if (signals == 2) {
      long soon = deadlines.now() + LISTENERS.toNanos();
      deadlines.setAt(Timer.LISTENERS, Deadlines.earlier(deadlines.of(Timer.LISTENERS), soon));
    }
  }

  void listenersDone() {
    listenersDone = true;
    mode = mode == Mode.TELLING_LISTENERS ? Mode.ENDED : mode;
  }

  void workEnded(Slot slot) {
    stop.workEnded(slot);
    endIfStopped();
  }

  void cutOff(Slot slot, CutOffException error) {
    findings.cutOff(slot, error);
  }

  // Time

  void deadlinePassed() {
    try {
      actOnTime(deadlines.now());
    } finally {
      deadlines.rearm();
    }
  }

  private void actOnTime(long now) {
    if (deadlines.takePassed(Timer.RUN, now)) {
      Duration deadline = program.settings().deadline();
      ask(new Cause.DeadlinePassed(deadline == null ? Duration.ZERO : deadline));
    }
    if (deadlines.takePassed(Timer.CHECK, now)) {
      verdicts.beginDue(now);
    }
    if (deadlines.takePassed(Timer.TEXT, now)) {
      for (PendingTexts.Late late : texts.takeLate(now)) {
        judge(late.slot(), late.thrown());
      }
    }
    if (deadlines.takePassed(Timer.DRAIN, now) && mode == Mode.DRAINING) {
      beginStops();
    }
    if (deadlines.takePassed(Timer.BUDGET, now) && mode == Mode.STOPPING) {
      beginOvertime();
    }
    for (Slot slot : slots) {
      if (Deadlines.hasPassed(slot.deadline(), now)) {
        late(slot);
      }
    }
    if (deadlines.takePassed(Timer.READY, now) && goesOn()) {
      start.askAgain(now);
    }
    if (deadlines.takePassed(Timer.CLOSE_ALL, now) && mode == Mode.OVERTIME) {
      stop.closeAll();
    }
    if (deadlines.takePassed(Timer.OVERTIME, now) && mode == Mode.OVERTIME) {
      endOfLeg(now);
    }
    if (deadlines.takePassed(Timer.LISTENERS, now) && mode == Mode.TELLING_LISTENERS) {
      mode = Mode.ENDED;
    }
  }

  private void late(Slot slot) {
    if (slot.isStopping()) {
      stop.late(slot);
      endIfStopped();
    } else if (slot.state() == ServiceState.RUNNING) {
      verdicts.late(slot);
      stopAsked();
      startNextStage();
    } else if (start.isWarmingUp(slot)) {
      start.warmUpIsLate(slot);
      startNextStage();
    } else {
      start.late(slot);
      deadlines.clear(slot);
      stopAsked();
    }
  }
}
