package dev.srun.process;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.Phase;
import dev.srun.http.Wire;
import dev.srun.process.FaultCase.Signals;
import dev.srun.process.Faulty.Beside;
import dev.srun.process.Faulty.Fault;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A program ends in time and in order, says who held it up, and exits with the right code: whatever
 * fault whichever service has in any phase, and however the program is asked to stop.
 */
class FaultProcessTest {

  private static final Duration BETWEEN_TWO_SIGNALS = Duration.ofMillis(400);

  /** One of each kind of end, and one for each phase and service at least. */
  static List<FaultCase> theMostTelling() {
    return List.of(
        new FaultCase(
            Phase.INIT,
            Fault.HANGS_AND_SWALLOWS_INTERRUPTS,
            "middle",
            Signals.NONE,
            Beside.COUNTED_WORK),
        new FaultCase(Phase.INIT, Fault.EXITS, "last", Signals.NONE, Beside.REQUEST),
        new FaultCase(
            Phase.READY, Fault.THROWS_WITHOUT_TEXT, "first", Signals.NONE, Beside.NOTHING),
        new FaultCase(Phase.READY, Fault.HANGS, "last", Signals.TERM, Beside.COUNTED_WORK),
        new FaultCase(Phase.RUN, Fault.FILLS_THE_HEAP, "middle", Signals.NONE, Beside.REQUEST),
        new FaultCase(Phase.RUN, Fault.SPINS, "first", Signals.TERM, Beside.NOTHING),
        new FaultCase(
            Phase.STOP, Fault.OVERFLOWS_THE_STACK, "last", Signals.TERM, Beside.COUNTED_WORK),
        new FaultCase(Phase.STOP, Fault.OPENS_A_FIFO, "middle", Signals.TERM_TWICE, Beside.REQUEST),
        new FaultCase(Phase.STOP, Fault.RETURNS_LATE, "middle", Signals.TERM, Beside.NOTHING),
        new FaultCase(
            Phase.CLOSE,
            Fault.THROWS_WITH_ENDLESS_TEXT,
            "last",
            Signals.NONE,
            Beside.COUNTED_WORK));
  }

  /** Every fault in every phase once, services and signals by turns. */
  static List<FaultCase> aSpreadSample() {
    List<FaultCase> sample = new ArrayList<>();
    int turn = 0;
    for (Phase phase : FaultCase.PHASES) {
      for (Fault fault : Fault.values()) {
        List<FaultCase> possible = FaultCase.of(phase, fault).toList();
        if (!possible.isEmpty() && telling(phase, fault).isEmpty()) {
          sample.add(possible.get(turn % possible.size()));
          turn += 7;
        }
      }
    }
    return sample;
  }

  private static List<FaultCase> telling(Phase phase, Fault fault) {
    return theMostTelling().stream()
        .filter(each -> each.phase() == phase && each.fault() == fault)
        .toList();
  }

  @Test
  void whatRunsIsASampleOfAllThatIsPossible() {
    List<FaultCase> all = FaultCase.all().toList();
    assertTrue(all.size() > 900, () -> all.size() + " cases");
    assertTrue(all.containsAll(theMostTelling()), theMostTelling()::toString);
    assertTrue(all.containsAll(aSpreadSample()), aSpreadSample()::toString);
    assertTrue(aSpreadSample().size() >= 40, aSpreadSample()::toString);
    for (Beside beside : Beside.values()) {
      long count = aSpreadSample().stream().filter(each -> each.beside() == beside).count();
      assertTrue(count >= 10, () -> count + " beside " + beside);
    }
  }

  @ParameterizedTest
  @MethodSource("theMostTelling")
  void aFaultIsSurvived(FaultCase fault, @TempDir Path directory) throws Exception {
    assertSurvived(fault, directory);
  }

  @ParameterizedTest
  @Tag("slow")
  @MethodSource("aSpreadSample")
  void everyFaultIsSurvivedInEveryPhase(FaultCase fault, @TempDir Path directory) throws Exception {
    assertSurvived(fault, directory);
  }

  private static void assertSurvived(FaultCase fault, Path directory) throws Exception {
    try (var program = fault.command(directory).start();
        Wire client = clientOf(program, fault)) {
      endOf(program, fault);
      assertAll(fault.toString(), () -> assertEnd(program, fault, client));
    }
  }

  /** Whose request is in flight; null where none is. */
  private static @Nullable Wire clientOf(ProgramUnderTest program, FaultCase fault)
      throws Exception {
    return fault.beside() == Beside.REQUEST
        ? new Wire(Unfinished.listener(program)).request("GET", "/")
        : null;
  }

  private static void assertEnd(ProgramUnderTest program, FaultCase fault, @Nullable Wire client)
      throws Exception {
    int code = program.awaitExit(fault.bound());
    if (code == 3 && fault.fault() == Fault.FILLS_THE_HEAP) {
      return; // others were without memory too: an end is all that is promised
    }
    assertAll(
        () -> program.assertExit(fault.code()),
        () -> assertEnding(program, fault),
        () -> assertFinished(program, fault, client),
        () -> program.assertLogged(fault.logged()),
        () -> program.assertLogged(fault.stack()));
  }

  /** What was in flight had its time, unless the faulty service has used that up. */
  private static void assertFinished(
      ProgramUnderTest program, FaultCase fault, @Nullable Wire client) throws IOException {
    if (fault.usesUpTheGrace()) {
      return;
    }
    if (client != null) {
      assertEquals("done", client.answer().body());
    }
    boolean works = fault.beside() == Beside.COUNTED_WORK;
    assertEquals(works, program.stdout().contains(Unfinished.WORK_IS_DONE));
  }

  /** Returns when the program has been told to end, or will end by itself. */
  private static void endOf(ProgramUnderTest program, FaultCase fault) throws Exception {
    if (fault.signals() == Signals.NONE || fault.endsTheStart()) {
      program.awaitLine(fault.service() + " " + fault.phase());
    } else {
      program.awaitUp();
    }
    switch (fault.signals()) {
      case NONE -> {}
      case TERM -> program.signal("TERM");
      case TERM_TWICE -> program.signalTwice("TERM", BETWEEN_TWO_SIGNALS);
    }
  }

  /**
   * Once the grace is over the stops do not wait for one another, and what they say on stdout may
   * come in any order; the log then has the order in which they were called.
   */
  private static void assertEnding(ProgramUnderTest program, FaultCase fault) {
    List<String> ending =
        program.stdout().stream().filter(line -> line.matches("\\w+ (stop|close)")).toList();
    if (fault.usesUpTheGrace()) {
      assertEquals(fault.ending().stream().sorted().toList(), ending.stream().sorted().toList());
    } else {
      assertEquals(fault.ending(), ending);
    }
    assertEquals(fault.ended(), shutDown(program.stderr()));
  }

  private static List<String> shutDown(List<String> log) {
    Pattern state = Pattern.compile("logger_scope=faulty\\.(\\w+) SHUTTING_DOWN");
    return log.stream()
        .flatMap(line -> state.matcher(line).results())
        .map((MatchResult found) -> found.group(1))
        .toList();
  }
}
