package dev.srun;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What went wrong on the way, and the exit that follows. Used by the supervisor alone. */
final class Findings {
  private static final Duration SUPPRESSING = Duration.ofMillis(50);

  private final Program program;
  private final List<Failure> failures = new ArrayList<>();
  private final List<Straggler> stragglers = new ArrayList<>();
  private final long startedAt;
  private boolean forced;

  Findings(Program program) {
    this.program = program;
    this.startedAt = program.host().nanoTime();
  }

  /** Records a failure, which is the cause if it is the first thing that happened. */
  void failed(Failure failure) {
    failures.add(failure);
    boolean misconfigured = failure.error() instanceof MisconfiguredException;
    if (!misconfigured) { // one line is all there is to say of that, and the exit says it
      program.log().error("srun", failure.headline(), failure);
    }
    Cause cause = misconfigured ? new Cause.Misconfigured(failure) : new Cause.Failed(failure);
    program.request().ask(cause, program.host().nanoTime());
  }

  /**
   * Suppresses the later failures onto the first; on a thread of its own and with a limit, since an
   * exception is user code and may be locked by it.
   */
  void suppressLater() {
    if (failures.size() < 2) {
      return;
    }
    List<Failure> all = List.copyOf(failures);
    Throwable first = all.getFirst().error();
    Thread thread =
        program
            .host()
            .startThread(
                "srun-suppress",
                () -> all.stream().skip(1).forEach(each -> Failures.suppress(first, each.error())));
    try {
      thread.join(SUPPRESSING);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Records that the budget was used up, or that a second signal came. */
  void forced() {
    forced = true;
  }

  boolean isForced() {
    return forced;
  }

  /** Records the services with a call that has not ended, the last one started first. */
  void leftBehind(List<Slot> slots) {
    slots.reversed().stream()
        .filter(slot -> !slot.calls().isEmpty())
        .map(this::straggler)
        .forEach(stragglers::add);
  }

  void leftListenersBehind(Duration waited) {
    stragglers.add(new Straggler("(state listeners)", Phase.RUN, waited, waited, true, List.of()));
  }

  boolean everythingEnded() {
    return stragglers.isEmpty();
  }

  private Straggler straggler(Slot slot) {
    Phase phase = StopSequence.lastPhase(slot);
    Map<Phase, Slot.Call> calls = slot.calls();
    Slot.Call call = calls.getOrDefault(phase, new Slot.Call(Thread.currentThread(), startedAt));
    List<StuckThread> stacks =
        Stream.concat(
                calls.values().stream().map(Slot.Call::thread),
                slot.context().owned().liveThreads().stream())
            .distinct()
            .map(StuckThread::of)
            .toList();
    Duration budget = program.settings().grace();
    return new Straggler(slot.name(), phase, since(call.since()), budget, true, stacks);
  }

  Exit exit(List<Slot> slots) {
    StopRequest.Asked asked = program.request().asked();
    if (asked == null) {
      throw new IllegalStateException("ended without a cause");
    }
    boolean mainTaskCutOff =
        slots.stream()
            .anyMatch(
                slot -> slot.definition().kind() == Definition.Kind.MAIN && !slot.isCompleted());
    ExitCodes codes = program.settings().exitCodes();
    return new Exit(
        asked.cause(),
        outcome(),
        codes.of(asked.cause(), outcome(), mainTaskCutOff, program.request().insistentSignal()),
        failures,
        stragglers,
        List.of(),
        since(startedAt),
        since(asked.at()));
  }

  private Outcome outcome() {
    if (forced || !stragglers.isEmpty()) {
      return Outcome.FORCED;
    }
    return failures.isEmpty() ? Outcome.CLEAN : Outcome.FAILURES;
  }

  /** The last words: who was left behind and where it stands, and the exit. */
  void tell(Exit exit) {
    for (Straggler straggler : exit.stragglers()) {
      String stacks =
          straggler.threads().stream().map(StuckThread::toString).collect(Collectors.joining("\n"));
      program.log().say(Level.ERROR, "srun", straggler + ", left behind", stacks);
    }
    String line =
        "%s; up %s, stop took %s"
            .formatted(exit, Durations.text(exit.uptime()), Durations.text(exit.stopTook()));
    program.log().say(exit.code() == 0 ? Level.INFO : Level.ERROR, "srun", line, null);
  }

  /** How long it has been since a moment of the host's clock. */
  Duration since(long then) {
    return Duration.ofNanos(program.host().nanoTime() - then);
  }

  Duration uptime() {
    return since(startedAt);
  }
}
