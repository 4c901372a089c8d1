package dev.srun;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/**
 * What went wrong on the way, and the exit that follows. Written by the supervisor alone; {@link
 * #exit} may be called by any thread.
 */
final class Findings {
  private static final Duration SUPPRESSING = Duration.ofMillis(50);

  /** More stacks than these say no more, and each takes a little time. */
  private static final int MOST_THREADS = 32;

  private final Program program;
  private final List<Slot> slots;
  private final Map<Slot, Integer> reported = new HashMap<>();
  private final ForeignThreads foreign = new ForeignThreads();
  private final long startedAt;
  private volatile List<Failure> failures = List.of();
  private volatile List<Straggler> stragglers = List.of();
  private volatile boolean forced;
  private volatile boolean cutOffInSetup;

  Findings(Program program, List<Slot> slots) {
    this.program = program;
    this.slots = slots;
    this.startedAt = program.host().nanoTime();
  }

  /** Records a failure, which is the cause if it is the first thing that happened. */
  void failed(Failure failure) {
    boolean misconfigured = failure.error() instanceof MisconfiguredException;
    if (failure.error() instanceof BindFailedException) { // where it was called tells nothing more
      program.log().say(Level.ERROR, "srun", failure.headline(), null);
    } else if (!misconfigured) { // one line is all there is to say of that, and the exit says it
      program.log().error("srun", failure.headline(), failure);
    }
    record(failure, misconfigured);
  }

  private void record(Failure failure, boolean misconfigured) {
    add(failure);
    Cause cause = misconfigured ? new Cause.Misconfigured(failure) : new Cause.Failed(failure);
    program.request().ask(cause, program.host().nanoTime());
  }

  private static <T> List<T> with(List<T> before, T next) {
    List<T> all = new ArrayList<>(before);
    all.add(next);
    return List.copyOf(all);
  }

  /** Records that a service has passed a limit of its own: a failure, told as a straggler. */
  void passedLimit(Slot slot, Phase phase, TimeoutException error) {
    report(slot, phase);
    stragglers.get(reported.get(slot)).threads().stream()
        .findFirst()
        .ifPresent(stuck -> error.setStackTrace(stuck.stack().toArray(StackTraceElement[]::new)));
    record(Failures.of(slot.name(), phase, error), false);
  }

  /** Records that work was cut off, which asks for no stop: it comes with one. */
  void cutOff(Slot slot, CutOffException error) {
    Failure failure = new Failure(slot.name(), Phase.STOP, error, error.toString());
    program.log().say(Level.ERROR, program.loggerName(slot), error.getMessage(), null);
    add(failure);
  }

  private void add(Failure failure) {
    failures = with(failures, failure);
    program.worsened(Outcome.FAILURES);
  }

  /** Records that the budget was used up, or that a second signal came. */
  void forced() {
    forced = true;
    program.worsened(Outcome.FORCED);
  }

  boolean isForced() {
    return forced;
  }

  // Stragglers

  /** Reports a service that has outlived its budget, unless that was done, with its threads. */
  void report(Slot slot, Phase phase) {
    if (!reported.containsKey(slot)) {
      Straggler straggler = straggler(slot, phase, false, program.host().nanoTime());
      reported.put(slot, stragglers.size());
      stragglers = with(stragglers, straggler);
      program.straggled();
      program.log().say(Level.ERROR, "srun", straggler.toString(), new LogDetail.Stuck(straggler));
    }
  }

  /** Records the services that have not ended, the last one started first. */
  void leftBehind() {
    for (Slot slot : slots.reversed()) {
      if (slot.isCalled()) {
        report(slot, lastPhase(slot));
        leftBehind(reported.get(slot));
      }
    }
  }

  private void leftBehind(int index) {
    List<Straggler> changed = new ArrayList<>(stragglers);
    changed.set(index, changed.get(index).asLeftBehind());
    stragglers = List.copyOf(changed);
  }

  void leftListenersBehind(Duration waited) {
    stragglers =
        with(
            stragglers,
            new Straggler("(state listeners)", Phase.RUN, waited, waited, true, List.of()));
  }

  boolean everythingEnded() {
    return noneIsLeftBehind(stragglers);
  }

  private static boolean noneIsLeftBehind(List<Straggler> stragglers) {
    for (Straggler straggler : stragglers) {
      if (straggler.leftBehind()) {
        return false;
      }
    }
    return true;
  }

  /** The services a thread of which keeps other virtual threads from running. */
  static List<Slot> carrierHolders(List<Slot> slots) {
    List<Slot> holders = new ArrayList<>();
    for (Slot slot : slots) {
      for (Thread thread : threads(slot)) {
        if (ThreadSnapshot.holdsCarrier(thread)) {
          holders.add(slot);
          break;
        }
      }
    }
    return holders;
  }

  /** That virtual threads make no progress, and who is to blame for it. */
  static String noProgress(List<Slot> holders) {
    String names = holders.stream().map(Slot::name).collect(Collectors.joining(", "));
    return "virtual threads make no progress" + (names.isEmpty() ? "" : ", held up by " + names);
  }

  /** The threads of the calls that have not ended, the last call first, and of its own scope. */
  private static Set<Thread> threads(Slot slot) {
    Set<Thread> threads = new LinkedHashSet<>();
    for (Slot.Call call : slot.calls().reversed()) {
      Thread thread = call.thread();
      if (thread != null) {
        threads.add(thread);
      }
    }
    threads.addAll(slot.context().owned().liveThreads());
    return threads;
  }

  /** Where the service's first threads stand now. */
  static List<ThreadSnapshot> stacks(Slot slot) {
    return stacks(slot, MOST_THREADS);
  }

  /** The same of all of them, however many. */
  static List<ThreadSnapshot> allStacks(Slot slot) {
    return stacks(slot, Integer.MAX_VALUE);
  }

  private static List<ThreadSnapshot> stacks(Slot slot, int most) {
    List<ThreadSnapshot> stacks = new ArrayList<>();
    for (Thread thread : threads(slot)) {
      if (stacks.size() == most) {
        break;
      }
      stacks.add(ThreadSnapshot.of(thread));
    }
    return stacks;
  }

  /** Tells of a check that hangs; it is no reason to stop, so that the exit does not name it. */
  void tellHangingCheck(Slot slot) {
    Straggler straggler = straggler(slot, Phase.CHECK, false, program.host().nanoTime());
    program.straggled();
    program
        .log()
        .say(
            Level.WARNING,
            program.loggerName(slot),
            straggler.toString(),
            new LogDetail.Stuck(straggler));
  }

  private Straggler straggler(Slot slot, Phase phase, boolean leftBehind, long now) {
    Slot.Call call = slot.call(phase);
    long since = slot.isStopping() || call == null ? slot.limitSetAt() : call.since();
    long deadline = slot.deadline() == Alarm.NEVER ? now : slot.deadline();
    List<ThreadSnapshot> threads = ownCodeFirst(stacks(slot));
    return new Straggler(
        slot.name(),
        phase,
        Duration.ofNanos(now - since),
        Duration.ofNanos(deadline - since),
        leftBehind,
        threads);
  }

  /** What waits for another thread in code of srun's tells less than that other thread. */
  private static List<ThreadSnapshot> ownCodeFirst(List<ThreadSnapshot> threads) {
    List<ThreadSnapshot> ordered = new ArrayList<>();
    List<ThreadSnapshot> others = new ArrayList<>();
    for (ThreadSnapshot each : threads) {
      (each.ownFrame().isPresent() ? ordered : others).add(each);
    }
    ordered.addAll(others);
    return ordered;
  }

  /** The call that holds the service up: its close or stop, else its run. */
  static Phase lastPhase(Slot slot) {
    List<Slot.Call> calls = slot.calls();
    return calls.isEmpty() ? Phase.STOP : calls.getLast().phase();
  }

  // The exit

  /**
   * Suppresses the later failures onto the first; on a thread of its own and with a limit, since an
   * exception is user code and may be locked by it.
   */
  void suppressLater(boolean onPlatform) {
    List<Failure> all = failures;
    if (all.size() < 2) {
      return;
    }
    Throwable first = all.getFirst().error();
    Thread thread =
        program
            .host()
            .startThread(
                "srun-suppress",
                onPlatform,
                () -> all.stream().skip(1).forEach(each -> Failures.suppress(first, each.error())));
    try {
      thread.join(SUPPRESSING);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  Exit exit() {
    return exit(stragglers, asked());
  }

  private StopRequest.Asked asked() {
    StopRequest.Asked asked = program.request().asked();
    if (asked == null) {
      throw new IllegalStateException("ended without a cause");
    }
    return asked;
  }

  /**
   * The exit of a program whose supervisor does not get so far: what has not stopped is left
   * behind. Any thread.
   */
  Exit exitFromOutside() {
    forced = true;
    long now = program.host().nanoTime();
    List<Straggler> known = stragglers;
    List<Straggler> left = asTheyAreNow(known);
    for (Slot slot : slots.reversed()) {
      if (slot.isBegun() && slot.state() != ServiceState.STOPPED && !names(known, slot)) {
        left.add(straggler(slot, lastPhase(slot), true, now));
      }
    }
    return exit(left, asked());
  }

  /** Has every class loaded that {@link #exitFromOutside} needs, for it may load none. */
  void rehearse() {
    long now = program.host().nanoTime();
    List<Straggler> some = new ArrayList<>();
    if (!slots.isEmpty()) {
      Slot slot = slots.getFirst();
      some.add(straggler(slot, lastPhase(slot), true, now));
      names(some, slot);
    }
    var asked = new StopRequest.Asked(new Cause.Asked("rehearsal"), now, false);
    exit(asTheyAreNow(some), asked);
  }

  private Straggler asItIsNow(Straggler straggler) {
    for (Slot slot : slots) {
      if (slot.name().equals(straggler.service()) && slot.state() != ServiceState.STOPPED) {
        return straggler.asLeftBehind();
      }
    }
    return straggler;
  }

  private List<Straggler> asTheyAreNow(List<Straggler> known) {
    List<Straggler> now = new ArrayList<>();
    for (Straggler straggler : known) {
      now.add(asItIsNow(straggler));
    }
    return now;
  }

  private static boolean names(List<Straggler> known, Slot slot) {
    for (Straggler straggler : known) {
      if (straggler.service().equals(slot.name())) {
        return true;
      }
    }
    return false;
  }

  private Exit exit(List<Straggler> left, StopRequest.Asked asked) {
    Outcome outcome = outcome(left);
    int code =
        program
            .settings()
            .exitCodes()
            .of(asked.cause(), outcome, cutsOffMainTask(), program.request().insistentSignal());
    ExitCall call = keepsStatus(outcome) ? program.exitCall() : null;
    return new Exit(
        asked.cause(),
        outcome,
        call == null ? code : call.code(),
        failures,
        left,
        leaks(outcome == Outcome.FORCED),
        since(startedAt),
        since(asked.at()));
  }

  /** Whether the process ends with the status of a System.exit that is not srun's. */
  private boolean keepsStatus(Outcome outcome) {
    return program.isShutDownByOthers() && outcome != Outcome.FORCED;
  }

  /** Records whether a main task was registered that has no slot, since the setup was cut off. */
  void cutsOffMainTask(boolean inSetup) {
    cutOffInSetup = inSetup;
  }

  private boolean cutsOffMainTask() {
    if (cutOffInSetup) {
      return true;
    }
    for (Slot slot : slots) {
      if (slot.definition().kind() == Definition.Kind.MAIN && !slot.isCompleted()) {
        return true;
      }
    }
    return false;
  }

  private Outcome outcome(List<Straggler> left) {
    if (forced || !noneIsLeftBehind(left)) {
      return Outcome.FORCED;
    }
    return failures.isEmpty() ? Outcome.CLEAN : Outcome.FAILURES;
  }

  private List<Leak> leaks(boolean forced) {
    List<Leak> leaks = new ArrayList<>();
    for (Slot slot : slots) {
      leaks.addAll(slot.context().owned().leaks(slot.name()));
    }
    if ((forced || program.ownsProcess()) && !program.isShutDownByOthers()) {
      leaks.addAll(foreign.leaks());
    }
    return leaks;
  }

  /** The last words: who was left behind with what, and the exit. */
  void tell(Exit exit) {
    for (Leak leak : exit.leaks()) {
      program
          .log()
          .say(Level.WARNING, "srun", "left behind by " + leak, new LogDetail.LeftBehind(leak));
    }
    StringBuilder left = new StringBuilder();
    for (Straggler straggler : exit.stragglers()) {
      if (straggler.leftBehind()) {
        left.append(left.isEmpty() ? "; left behind: " : ", ")
            .append(straggler.service())
            .append(" in ")
            .append(straggler.phase());
      }
    }
    String line =
        text(exit)
            + left.toString()
            + "; up "
            + Durations.text(exit.uptime())
            + ", stop took "
            + Durations.text(exit.stopTook());
    program.log().say(exit.code() == 0 ? Level.INFO : Level.ERROR, "srun", line, null);
  }

  /** Without a code where the process ends with one that is not known. */
  private String text(Exit exit) {
    String text = exit.toString();
    return keepsStatus(exit.outcome()) && program.exitCall() == null
        ? "exit, status not known" + text.substring(text.indexOf(" ("))
        : text;
  }

  /** How long it has been since a moment of the host's clock. */
  Duration since(long then) {
    return Duration.ofNanos(program.host().nanoTime() - then);
  }

  Duration uptime() {
    return since(startedAt);
  }
}
