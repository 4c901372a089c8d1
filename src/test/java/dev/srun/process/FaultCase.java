package dev.srun.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.srun.Phase;
import dev.srun.process.Faulty.Beside;
import dev.srun.process.Faulty.Fault;
import dev.srun.process.Faulty.Plan;
import dev.srun.process.Faulty.When;
import dev.srun.process.ProgramUnderTest.Command;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** A {@link Faulty} program, how it is asked to stop, and all that is expected of it. */
record FaultCase(Phase phase, Fault fault, String service, Signals signals, Beside beside) {

  /** What srun adds to the grace, and then what the JVM and a busy machine may. */
  private static final Duration SLACK = Duration.ofMillis(500 + 1_200);

  private static final Duration GRACE = Duration.ofMillis(500);

  static final Set<Phase> PHASES =
      EnumSet.of(Phase.INIT, Phase.READY, Phase.RUN, Phase.STOP, Phase.CLOSE);

  private static final Set<Phase> START = EnumSet.of(Phase.INIT, Phase.READY);

  private static final Set<Phase> END = EnumSet.of(Phase.STOP, Phase.CLOSE);

  /** The phase is over then. */
  private static final Set<Fault> THROWN =
      EnumSet.range(Fault.THROWS, Fault.THROWS_AN_INTERRUPT_WITHOUT_TEXT);

  private static final Set<Fault> ENDLESS =
      EnumSet.range(Fault.HANGS_AND_SWALLOWS_INTERRUPTS, Fault.THROWS_WITH_ENDLESS_TEXT);

  enum Signals {
    NONE,
    TERM,
    TERM_TWICE
  }

  static Stream<FaultCase> all() {
    return PHASES.stream()
        .flatMap(phase -> EnumSet.allOf(Fault.class).stream().flatMap(fault -> of(phase, fault)));
  }

  static Stream<FaultCase> of(Phase phase, Fault fault) {
    List<FaultCase> cases = new ArrayList<>();
    for (Signals signals : Signals.values()) {
      for (String name : Faulty.NAMES) {
        for (Beside beside : Beside.values()) {
          cases.add(new FaultCase(phase, fault, name, signals, beside));
        }
      }
    }
    return cases.stream().filter(FaultCase::isPossible);
  }

  private boolean isPossible() {
    boolean isThereForTheSecondSignal =
        ENDLESS.contains(fault) || (fault == Fault.HANGS && END.contains(phase));
    return switch (signals) {
      case NONE -> !(fault == Fault.OUTLIVES_THE_GRACE && START.contains(phase));
      case TERM ->
          !(START.contains(phase)
              && Set.of(Fault.RETURNS_LATE, Fault.OUTLIVES_THE_GRACE).contains(fault));
      case TERM_TWICE -> isThereForTheSecondSignal;
    };
  }

  /** Where nothing else ends the program. */
  private boolean asks() {
    boolean endsByItself =
        START.contains(phase)
            || (phase == Phase.RUN && (THROWN.contains(fault) || fault == Fault.EXITS));
    return signals == Signals.NONE && !endsByItself;
  }

  private boolean strikesInTheStop() {
    return END.contains(phase) || signals != Signals.NONE || asks();
  }

  private When when() {
    if (phase == Phase.RUN && !strikesInTheStop()) {
      return When.UP;
    }
    boolean needsToWait =
        THROWN.contains(fault)
            || fault == Fault.EXITS
            || fault == Fault.RETURNS_LATE
            || fault == Fault.OUTLIVES_THE_GRACE;
    return needsToWait && !END.contains(phase) && strikesInTheStop()
        ? When.INTERRUPTED
        : When.AT_ONCE;
  }

  /** Of its own, where it is what ends the phase. */
  private int limitMillis() {
    boolean needed = fault == Fault.RETURNS_LATE || isEndedByTheLimitOfAStart();
    return needed ? 200 : 0;
  }

  private boolean isEndedByTheLimitOfAStart() {
    return START.contains(phase)
        && signals == Signals.NONE
        && (ENDLESS.contains(fault) || fault == Fault.HANGS);
  }

  /** The grace passes, or would, were it not for the second signal. */
  boolean usesUpTheGrace() {
    return ENDLESS.contains(fault)
        || fault == Fault.OUTLIVES_THE_GRACE
        || (fault == Fault.HANGS && END.contains(phase));
  }

  boolean endsTheStart() {
    return START.contains(phase);
  }

  private Plan plan(String fifo) {
    return new Plan(service, phase, fault, when(), asks(), limitMillis(), fifo, beside);
  }

  Command command(Path directory) throws IOException, InterruptedException {
    String fifo = fault == Fault.OPENS_A_FIFO ? fifo(directory) : "";
    Command command =
        ProgramUnderTest.of(Faulty.class, plan(fifo).arguments())
            .jvm("-Djdk.virtualThreadScheduler.parallelism=2")
            .env("SRUN_LOG_LEVEL", "debug");
    if (fault == Fault.FILLS_THE_HEAP) {
      command.jvm("-Xmx64m");
    }
    if (usesUpTheGrace() && signals != Signals.TERM_TWICE) {
      command.env("SRUN_GRACEFUL_TIMEOUT", GRACE.toMillis() + "ms");
    }
    return command;
  }

  /** From the moment when the program was last told to end, or when the fault struck. */
  Duration bound() {
    Duration grace = usesUpTheGrace() && signals != Signals.TERM_TWICE ? GRACE : Duration.ZERO;
    Duration late = Duration.ofMillis(fault == Fault.RETURNS_LATE ? 450 : limitMillis());
    return SLACK.plus(grace).plus(late).plus(Unfinished.TAKES);
  }

  int code() {
    if (fault == Fault.EXITS) {
      return 7;
    }
    if (usesUpTheGrace()) {
      return 3;
    }
    return isExpected() ? 0 : 1;
  }

  /** What a start throws in its stop does not matter, nor an interrupt that ends a run. */
  private boolean isExpected() {
    boolean isInterrupt = fault == Fault.HANGS || fault == Fault.THROWS_AN_INTERRUPT_WITHOUT_TEXT;
    return strikesInTheStop()
        && switch (phase) {
          case INIT, READY -> THROWN.contains(fault) || fault == Fault.HANGS;
          case RUN -> isInterrupt;
          default -> false;
        };
  }

  /** Whose stop is called, in the order in which it is. */
  List<String> stopped() {
    int faulty = Faulty.NAMES.indexOf(service);
    int started =
        switch (phase) {
          case INIT -> faulty;
          case READY -> faulty + 1;
          default -> Faulty.NAMES.size();
        };
    return Faulty.NAMES.subList(0, started).reversed();
  }

  /** Who ends, in that order: what has something in flight began first. */
  List<String> ended() {
    List<String> ended = new ArrayList<>(stopped());
    if (beside != Beside.NOTHING) {
      ended.add(Unfinished.NAME);
    }
    return ended;
  }

  /** Every stop and every close, in the order in which they come where nobody holds them up. */
  List<String> ending() {
    List<String> ending = new ArrayList<>();
    if (phase == Phase.INIT) {
      ending.add(service + " close");
    }
    for (String name : stopped()) {
      ending.add(name + " stop");
      ending.add(name + " close");
    }
    return ending;
  }

  /** What the log says of it; empty where there is nothing to say. */
  String logged() {
    boolean outlivesItsStopLimit = fault == Fault.RETURNS_LATE && !START.contains(phase);
    if (usesUpTheGrace() || outlivesItsStopLimit) {
      return "%s: still in %s after".formatted(service, phase);
    }
    if (THROWN.contains(fault)) {
      return code() == 1
          ? "%s of %s failed".formatted(phase, service)
          : "logger_scope=faulty.%s %s threw after stop was called".formatted(service, phase);
    }
    if (fault == Fault.EXITS) {
      return strikesInTheStop() ? "" : "asked: System.exit";
    }
    return code() == 1 ? "%s of %s took longer than 200ms".formatted(phase, service) : "";
  }

  /** What the log shows of where it stood; empty where there is nothing to show. */
  String stack() {
    return switch (fault) {
      case EXITS, HANGS, RETURNS_LATE -> "";
      case OVERFLOWS_THE_STACK -> "java.lang.StackOverflowError";
      case FILLS_THE_HEAP -> "java.lang.OutOfMemoryError";
      case THROWS_WITHOUT_TEXT -> "Faulty$WithoutText (its text cannot be had: ";
      case THROWS_AN_INTERRUPT_WITHOUT_TEXT ->
          code() == 1 ? "Faulty$InterruptWithoutText (its text cannot be had: " : "";
      default -> "\tat dev.srun.process.Faulty";
    };
  }

  @Override
  public String toString() {
    return "%s %s in %s, signals %s, beside %s".formatted(service, fault, phase, signals, beside);
  }

  private static String fifo(Path directory) throws IOException, InterruptedException {
    String fifo = directory.resolve("fifo").toString();
    assertEquals(0, new ProcessBuilder("mkfifo", fifo).inheritIO().start().waitFor());
    return fifo;
  }
}
