package dev.srun.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.process.ProgramUnderTest.Command;
import dev.srun.process.Spinners.Place;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Endless loops on virtual threads that hold every carrier, so that nothing else of virtual threads
 * runs: the stops are called all the same, in order, and the end comes in time.
 */
@Isolated("its programs keep every processor busy")
class CarriersHeldTest {

  /**
   * For a grace of 1 s: half a second more is srun's, 0.3 s the JVM's, the rest a busy machine's.
   */
  private static final Duration GRACE_OF_1S = Duration.ofMillis(2500);

  private static final Pattern NAMES_AN_INIT =
      Pattern.compile("spinner\\d: still in init|init of spinner\\d took longer");

  @ParameterizedTest
  @CsvSource({"RUN, 1", "RUN, 2", "THREADS, 1", "THREADS, 2"})
  void everyStopIsCalledInReverseAndTheLoopIsLeftBehind(Place place, int carriers)
      throws Exception {
    try (var program =
        held(Spinners.Owned.class, place, carriers).env("SRUN_GRACEFUL_TIMEOUT", "1s").start()) {
      program.awaitLine(Spinners.HELD);
      program.signal("TERM");
      program.assertExit(3, GRACE_OF_1S);
      assertStops(program, all(place, carriers));
      program.assertLogged(
          place == Place.RUN
              ? "spinner0: still in "
              : "left behind by spinner0: thread spinner0-loop");
      assertNamesTheHolder(program);
    }
  }

  @Tag("slow")
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void everyStopIsCalledThoughEveryOtherIsALoop(int carriers) throws Exception {
    try (var program =
        held(Spinners.Owned.class, Place.STOP, carriers)
            .env("SRUN_GRACEFUL_TIMEOUT", "1s")
            .start()) {
      program.awaitUp();
      program.signal("TERM");
      program.assertExit(3, GRACE_OF_1S);
      assertStops(program, all(Place.STOP, carriers));
      program.assertLogged("spinner%d: still in stop after".formatted(carriers + 1));
      assertNamesTheHolder(program);
    }
  }

  @Tag("slow")
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aSignalEndsAStartWhoseInitsAreLoops(int carriers) throws Exception {
    try (var program =
        held(Spinners.Owned.class, Place.INIT, carriers)
            .env("SRUN_GRACEFUL_TIMEOUT", "1s")
            .start()) {
      program.awaitLine(Spinners.HELD);
      program.signal("TERM");
      program.assertExit(3, GRACE_OF_1S);
      assertStops(program, List.of("database"));
      program.assertLogged("spinner0: still in init after");
      assertNamesTheHolder(program);
    }
  }

  @Tag("slow")
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void theInitLimitEndsAStartWhoseInitsAreLoops(int carriers) throws Exception {
    try (var program =
        held(Spinners.Owned.class, Place.INIT, carriers)
            .env("SRUN_INIT_TIMEOUT", "500ms")
            .env("SRUN_GRACEFUL_TIMEOUT", "1s")
            .start()) {
      program.awaitLine(Spinners.HELD);
      // Nobody is in a hurry while nothing has to end: it takes some seconds to be noticed.
      int code = program.awaitExit(GRACE_OF_1S.plusSeconds(5));
      assertTrue(Set.of(1, 3).contains(code), () -> "exit " + code);
      assertStops(program, List.of("database"));
      assertTrue(
          program.stderr().stream().anyMatch(NAMES_AN_INIT.asPredicate()),
          program.stderr()::toString);
      program.assertLogged("\tat dev.srun.process.Spinners.spin");
    }
  }

  @Tag("slow")
  @ParameterizedTest
  @CsvSource({"RUN, 1", "RUN, 2", "THREADS, 1"})
  void theSecondSignalEndsItLongBeforeTheGrace(Place place, int carriers) throws Exception {
    try (var program = held(Spinners.Owned.class, place, carriers).start()) {
      program.awaitLine(Spinners.HELD);
      program.signalTwice("TERM", Duration.ofMillis(400));
      program.assertExit(3, Duration.ofMillis(1200));
      assertStops(program, all(place, carriers));
      program.assertLogged("second signal");
      assertNamesTheHolder(program);
    }
  }

  @ParameterizedTest
  @CsvSource({"RUN, 1", "RUN, 2", "THREADS, 2"})
  void runReturnsWithinTheGraceAndHalfASecond(Place place, int carriers) throws Exception {
    try (var program =
        held(Spinners.Embedded.class, place, carriers).env("SRUN_GRACEFUL_TIMEOUT", "1s").start()) {
      program.awaitLine(Spinners.HELD + "asks");
      program.assertExit(0, GRACE_OF_1S);
      String returned =
          program.stdout().stream().filter(line -> line.startsWith("returned ")).findFirst().get();
      assertTrue(returned.startsWith("returned 3 after "), returned);
      int millis = Integer.parseInt(returned.replaceAll(".* ", ""));
      assertTrue(millis <= 1_500 + 500, returned); // the rest for a busy machine
      assertCalled(program, all(place, carriers));
    }
  }

  @Tag("slow")
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void theEndOfTheMainTaskIsNoticedAllTheSame(int carriers) throws Exception {
    try (var program =
        held(Spinners.WithAMainTask.class, Place.RUN, carriers)
            .env("SRUN_GRACEFUL_TIMEOUT", "1s")
            .start()) {
      program.awaitLine(Spinners.HELD);
      program.assertExit(3, GRACE_OF_1S.plusSeconds(5));
      assertCalled(program, all(Place.RUN, carriers));
      assertNamesTheHolder(program);
    }
  }

  private static Command held(Class<?> main, Place place, int carriers) {
    return ProgramUnderTest.of(main, Spinners.arguments(place, carriers))
        .jvm("-Djdk.virtualThreadScheduler.parallelism=" + carriers)
        .jvm("-Djdk.virtualThreadScheduler.maxPoolSize=" + carriers)
        .env("SRUN_LOG_LEVEL", "debug");
  }

  /** Every service, the one started last first. */
  private static List<String> all(Place place, int carriers) {
    int spinners = place == Place.THREADS ? 1 : carriers + 2;
    List<String> names = new ArrayList<>();
    names.add("database");
    for (int i = 0; i < spinners; i++) {
      names.add("spinner" + i);
    }
    names.add("api");
    return names.reversed();
  }

  /** In this order, and each once. */
  private static void assertStops(ProgramUnderTest program, List<String> names) {
    assertCalled(program, names);
    Pattern state = Pattern.compile("logger_scope=held\\.(\\w+) SHUTTING_DOWN");
    List<String> told =
        program.stderr().stream()
            .flatMap(line -> state.matcher(line).results())
            .map((MatchResult found) -> found.group(1))
            .toList();
    assertEquals(names, told);
  }

  /** Each once; what stops that wait for nobody say on stdout may come in any order. */
  private static void assertCalled(ProgramUnderTest program, List<String> names) {
    List<String> stops =
        program.stdout().stream().filter(line -> line.endsWith(" stop")).sorted().toList();
    assertEquals(names.stream().map(name -> name + " stop").sorted().toList(), stops);
  }

  private static void assertNamesTheHolder(ProgramUnderTest program) {
    program.assertLogged("holds a carrier thread");
    program.assertLogged("at dev.srun.process.Spinners.spin(");
  }
}
