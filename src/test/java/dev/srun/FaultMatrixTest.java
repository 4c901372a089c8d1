package dev.srun;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.FaultCase.Fault;
import dev.srun.FaultCase.Layout;
import dev.srun.FaultCase.Meanwhile;
import dev.srun.FaultCase.Where;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Everything that can go wrong, in every call into a service, at every place, with and without
 * signals: held against what was promised, whatever happens. A failure names its case; {@code
 * -Dmatrix.case=} runs that one alone.
 */
class FaultMatrixTest {
  private static final Duration AFTER_INTERRUPT = Duration.ofMillis(500);
  private static final String STUCK = "itEnds: it does not";

  /** With a stop limit of its own and without. */
  private static final int LIMITS = 2;

  /** Three places, alone and with a group in the middle. */
  private static final int SIX = 6;

  /** How many broken cases a failure names. */
  private static final int NAMED = Integer.getInteger("matrix.named", 10);

  @ParameterizedTest
  @EnumSource
  void everyPromiseHoldsWhateverGoesWrongIn(Where where) {
    List<String> broken = new ArrayList<>();
    for (FaultCase each : chosen(where)) {
      List<String> promises = brokenPromises(each);
      if (!promises.isEmpty()) {
        broken.add("-Dmatrix.case=" + each + "\n    " + String.join("\n    ", promises));
      }
      if (promises.contains(STUCK)) {
        break; // each of its kind takes as long as the clock has patience
      }
    }
    assertEquals(
        0,
        broken.size(),
        () -> broken.stream().limit(NAMED).collect(joining("\n", "cases, the first:\n", "\n")));
  }

  private static List<FaultCase> chosen(Where where) {
    List<FaultCase> all = FaultCase.all(where);
    String chosen = System.getProperty("matrix.case");
    if (chosen == null) {
      return all;
    }
    boolean elsewhere = !chosen.startsWith(where + "/");
    List<FaultCase> one = all.stream().filter(each -> chosen.equals(each.toString())).toList();
    assertTrue(elsewhere || !one.isEmpty(), () -> "no such case: " + chosen);
    return one;
  }

  private static List<String> brokenPromises(FaultCase theCase) {
    try {
      return new Aftermath(theCase).brokenPromises();
    } catch (Throwable e) {
      return List.of(STUCK, e.toString());
    }
  }

  @Test
  void noCaseIsLost() {
    assertEquals(
        Map.of( // faults that end and those that do not, with every meanwhile; twice for one place
            Where.INIT, (2 + 5) * 4 * (SIX + 2),
            Where.READY, (2 + 5 * LIMITS) * 4 * SIX + 2 * (2 + 5) * 4,
            Where.CHECK, (3 + 5) * 4 * (SIX + 2),
            Where.RUN, (2 * 4 + 5 * LIMITS * 3) * SIX + 2 * (2 * 4 + 5 * 3),
            Where.STOP, (2 + 5 * LIMITS) * 4 * SIX + 2 * (2 + 5) * 4,
            Where.CLOSE, (2 + 5 * LIMITS) * 4 * SIX + 2 * (2 + 5) * 4),
        Arrays.stream(Where.values())
            .collect(toMap(where -> where, where -> new HashSet<>(FaultCase.all(where)).size())));
    assertEquals(1_786, Arrays.stream(Where.values()).mapToInt(w -> FaultCase.all(w).size()).sum());
  }

  /** What a case came to, and what must be true of it. */
  private static final class Aftermath {
    private final FaultCase theCase;
    private final FaultyProgram ran;
    private final Exit exit;
    private final List<String> lines;
    private final String faulty;

    Aftermath(FaultCase theCase) throws InterruptedException {
      this.theCase = theCase;
      this.ran = new FaultyProgram(theCase);
      this.exit = ran.run();
      this.lines = ran.lines();
      this.faulty = ran.faulty();
    }

    List<String> brokenPromises() {
      List<Executable> promises =
          List.of(
              this::whatTheCaseIsAboutHasHappened,
              this::exactlyWhatCouldStartHasStarted,
              this::whatWasStartedIsStoppedOnceAndNothingElseIs,
              this::stopsBeginInReverseOrder,
              this::aStopBeginsWhenAllThatStartedLaterIsOver,
              this::statesMoveInThatOrderToo,
              this::readinessIsFalseBeforeTheFirstStop,
              this::aServiceIsCheckedOnceItRunsAndCountsAsWellOnlyThen,
              this::theCauseIsTheFirstThingThatHappened,
              this::theFailuresAreThoseOfTheFaultAndNoOthers,
              this::laterFailuresAreSuppressedOntoTheFirst,
              this::whoOutlivedALimitIsReportedAndNobodyElse,
              this::theReportSaysWhereTheFaultyServiceStood,
              this::itEndsInTime,
              this::whatNobodyNeedsAnyMoreIsInterruptedWhenItsServiceIsStopped,
              this::whatWasAskedBeforeIsInterruptedWhenTheOvertimeBegins,
              this::nobodyWaitsForTheFaultyServiceLongerThanItsLimits,
              this::whatIsOwnedIsClosedOnceLastFirst,
              this::whatIsOwnedIsClosedAfterItsOwnerHasEnded,
              this::whatWasNotClosedIsNamedAsALeak,
              this::whatIsNotAtFaultEndsStopped,
              this::countedWorkIsFinishedOrCountedAsCutOff,
              this::theOutcomeFits,
              this::theExitCodeFits);
      List<String> broken = new ArrayList<>();
      for (Executable promise : promises) {
        try {
          promise.execute();
        } catch (Throwable e) {
          broken.add(promiseOf(e) + ": " + e.getMessage());
        }
      }
      return broken;
    }

    /** The name of the method above that has thrown. */
    private static String promiseOf(Throwable error) {
      return Arrays.stream(error.getStackTrace())
          .filter(frame -> frame.getClassName().equals(Aftermath.class.getName()))
          .map(StackTraceElement::getMethodName)
          .takeWhile(method -> !method.equals("brokenPromises"))
          .reduce("", (inner, outer) -> outer);
    }

    private void whatTheCaseIsAboutHasHappened() {
      assertTrue(ran.happened(theCase.where().phase() + " " + faulty), () -> "no fault: " + lines);
      assertEquals(
          theCase.fault().failsByItself(), ran.happened("failing"), () -> "failing: " + lines);
      assertTrue(!ran.happened("was not up"), () -> "not up when a stop was asked for: " + lines);
    }

    private void exactlyWhatCouldStartHasStarted() {
      Set<String> expected = new HashSet<>(ran.services());
      if (theCase.where().isInStart()) {
        expected.removeIf(service -> ran.stage(service) > ran.stage(faulty));
      }
      if (theCase.where() == Where.INIT) {
        expected.remove(faulty);
      }
      assertEquals(expected, ran.services().stream().filter(this::isStarted).collect(toSet()));
      for (String service : ran.services()) {
        assertTrue(count("init " + service) <= 1, () -> "init twice: " + lines);
        assertTrue(count("run " + service) <= 1, () -> "run twice: " + lines);
      }
    }

    private void whatWasStartedIsStoppedOnceAndNothingElseIs() {
      for (String service : ran.services()) {
        assertEquals(
            isStarted(service) ? 1 : 0,
            count("stop " + service),
            () -> "stops of " + service + ": " + lines);
      }
    }

    private void stopsBeginInReverseOrder() {
      int before = Integer.MAX_VALUE;
      for (String line : lines) {
        if (line.endsWith(" SHUTTING_DOWN")) {
          int stage = ran.stage(Journal.first(line));
          assertTrue(stage <= before, () -> "order of stops: " + lines);
          before = stage;
        }
      }
    }

    private void aStopBeginsWhenAllThatStartedLaterIsOver() {
      for (String service : ran.services()) {
        if (isStarted(service) && !isOvertime(ran.at("stop " + service))) {
          startedAfter(service).forEach(later -> isOverBefore(later, "stop " + service));
        }
      }
    }

    private void isOverBefore(String service, String line) {
      int then = lines.indexOf(line);
      for (Phase phase : Phase.values()) {
        int began = lines.indexOf(phase + " " + service);
        int ended = lines.indexOf("end of " + phase + " " + service);
        boolean goesOn = began >= 0 && began < then && (ended < 0 || ended > then);
        assertTrue(
            !goesOn || isGivenUp(service, ran.at(line)),
            () -> line + " in " + phase + " of " + service + ": " + lines);
      }
      int closed = lines.indexOf("close early " + service);
      boolean cannotClose = service.equals(faulty) && theCase.where() == Where.CLOSE;
      assertTrue(
          (closed >= 0 && closed < then) || (cannotClose && isGivenUp(service, ran.at(line))),
          () -> line + " before " + service + " was closed: " + lines);
    }

    private void statesMoveInThatOrderToo() {
      for (String service : ran.services()) {
        Duration began = ran.at(service + " SHUTTING_DOWN");
        if (isStarted(service) && !isOvertime(began)) {
          int then = lines.indexOf(service + " SHUTTING_DOWN");
          for (String later : startedAfter(service)) {
            int stopped = lines.indexOf(later + " STOPPED");
            assertTrue(
                (stopped >= 0 && stopped < then) || isGivenUp(later, began),
                () -> service + " SHUTTING_DOWN before " + later + " STOPPED: " + lines);
          }
        }
      }
    }

    private void readinessIsFalseBeforeTheFirstStop() {
      assertEquals(Set.of(), ran.readyInStop(), () -> "still ready: " + lines);
      assertTrue(!ran.status().ready());
    }

    private void aServiceIsCheckedOnceItRunsAndCountsAsWellOnlyThen() {
      assertEquals(theCase.where() == Where.CHECK ? 1 : 0, ran.checked().size());
      for (RunnerStatus status : ran.checked()) {
        ServiceStatus checked =
            status.services().stream()
                .filter(each -> each.name().equals(faulty))
                .findFirst()
                .orElseThrow();
        assertEquals(ServiceState.RUNNING, checked.state());
        assertEquals(HealthStatus.STOPPED, checked.health().status());
        assertTrue(!status.ready());
      }
    }

    private void theCauseIsTheFirstThingThatHappened() {
      if (theCase.isTheCause()) {
        Failure failure = assertInstanceOf(Cause.Failed.class, exit.cause()).failure();
        assertEquals(failure, exit.failures().getFirst());
        assertEquals(faulty, failure.service());
        assertEquals(theCase.where().phase(), failure.phase());
        if (theCase.fault() == Fault.SAYS_UNHEALTHY) {
          assertEquals(ran.error().toString(), failure.error().toString());
        } else if (theCase.fault().failsByItself()) {
          assertSame(ran.error(), failure.error());
        } else {
          assertInstanceOf(TimeoutException.class, failure.error());
        }
      } else if (isSignalFirst()) {
        assertEquals(new Cause.Signalled("TERM", 15), exit.cause());
      } else {
        assertEquals(new Cause.Asked("enough"), exit.cause());
      }
    }

    private boolean isSignalFirst() {
      return theCase.meanwhile() == Meanwhile.SIGNAL_BEGAN_THE_STOP
          || (theCase.meanwhile().isDuringTheFault() && !theCase.where().isInStop());
    }

    private void theFailuresAreThoseOfTheFaultAndNoOthers() {
      List<String> expected = new ArrayList<>();
      String where = faulty + " " + theCase.where().phase();
      if (failureCounts()) {
        expected.add(where + " " + ran.error());
      }
      if (outlivedStartLimit(faulty)) {
        expected.add(where + " timeout");
      }
      List<String> actual = new ArrayList<>(exit.failures().stream().map(Aftermath::text).toList());
      if (outlivedStopLimit(faulty) && !spins()) {
        expected.add(where + " timeout");
      } else if (outlivedStopLimit(faulty) && theCase.hasOwnStopLimit()) {
        // Whether its limit or its share of the budget was less: only the limit is a failure.
        assertTrue(actual.size() <= expected.size() + 1, lines::toString);
        if (actual.size() > expected.size()) {
          assertEquals(where + " timeout", actual.removeLast(), lines::toString);
        }
      }
      actual.removeIf(failure -> failure.startsWith(FaultyProgram.WORKER + " "));
      assertEquals(expected, actual, lines::toString);
    }

    private static String text(Failure failure) {
      boolean timeout = failure.error() instanceof TimeoutException;
      return failure.service()
          + " "
          + failure.phase()
          + " "
          + (timeout ? "timeout" : failure.error());
    }

    /** A failure of a start is only logged once that service's own end has begun. */
    private boolean failureCounts() {
      if (!theCase.fault().failsByItself()) {
        return false;
      }
      return switch (theCase.where()) {
        case INIT, READY, CHECK -> theCase.isTheCause();
        case RUN, STOP, CLOSE -> true;
      };
    }

    private void laterFailuresAreSuppressedOntoTheFirst() {
      for (int i = 1; i < exit.failures().size(); i++) {
        List<Throwable> suppressed = List.of(exit.failures().getFirst().error().getSuppressed());
        assertTrue(suppressed.contains(exit.failures().get(i).error()), suppressed::toString);
      }
    }

    // Stragglers

    private void whoOutlivedALimitIsReportedAndNobodyElse() {
      Set<String> must = new HashSet<>();
      Set<String> may = new HashSet<>();
      for (String service : ran.begun()) {
        if (isReportable(service)) {
          must.add(service);
        }
        boolean wasCutOff = overtime() != null && isOverAfter(service, overtime()); // asked or not
        if (wasCutOff || isGivenUp(service, ran.elapsed())) {
          may.add(service);
        }
      }
      List<String> named = exit.stragglers().stream().map(Straggler::service).toList();
      assertEquals(new HashSet<>(named).size(), named.size(), () -> "reported twice: " + named);
      if (overtime() != null) {
        may.add(FaultyProgram.WORKER);
      }
      Set<String> missing = new HashSet<>(must);
      named.forEach(missing::remove);
      assertEquals(Set.of(), missing, () -> "stragglers not reported: " + lines);
      Set<String> wrong = new HashSet<>(named);
      wrong.removeAll(must);
      wrong.removeAll(may);
      assertEquals(Set.of(), wrong, () -> "no stragglers: " + lines);
      for (Straggler straggler : exit.stragglers()) {
        assertEquals(
            ran.isStuck(straggler.service()),
            straggler.leftBehind(),
            () -> "left behind: " + straggler + " " + lines);
      }
    }

    private boolean isReportable(String service) {
      return outlivedStartLimit(service)
          || outlivedStopLimit(service)
          || outlivedOvertime(service)
          || outlivedByItsCheck(service)
          || ran.isStuck(service);
    }

    private boolean outlivedStartLimit(String service) {
      return service.equals(faulty)
          && theCase.where().isInStart()
          && theCase.isTheCause()
          && !theCase.fault().failsByItself();
    }

    private boolean spins() {
      return theCase.fault() == Fault.SPINS;
    }

    /** By the journal: the service was not over when its own stop limit passed. */
    private boolean outlivedStopLimit(String service) {
      if (spins()) { // its limit is then a share of the grace, and no more is known of that
        return service.equals(faulty)
            && theCase.where() != Where.INIT
            && theCase.where() != Where.CHECK
            && !ran.happened("second signal");
      }
      return service.equals(faulty)
          && theCase.hasOwnStopLimit()
          && isOverAfter(service, stopLimitOfTheFaulty())
          && !isOvertime(stopLimitOfTheFaulty())
          && stopLimitOfTheFaulty().compareTo(ran.elapsed()) <= 0;
    }

    /** By the journal: all of the service but its check was over for as long as that is given. */
    private boolean outlivedByItsCheck(String service) {
      return service.equals(faulty)
          && theCase.where() == Where.CHECK
          && isOverAfter(service, checkIsGivenUpAt())
          && !isOvertime(checkIsGivenUpAt())
          && checkIsGivenUpAt().compareTo(ran.elapsed()) <= 0;
    }

    private Duration checkIsGivenUpAt() {
      return ran.at("end of stop " + faulty).plus(AFTER_INTERRUPT);
    }

    private Duration stopLimitOfTheFaulty() {
      String from = theCase.where() == Where.CLOSE ? "close " + faulty : faulty + " SHUTTING_DOWN";
      return ran.at(from).plus(FaultyProgram.STOP_LIMIT);
    }

    /** By the journal: the service had been asked and was not over when the overtime began. */
    private boolean outlivedOvertime(String service) {
      Duration overtime = overtime();
      return overtime != null
          && ran.at(service + " SHUTTING_DOWN").compareTo(overtime) < 0
          && isOverAfter(service, overtime);
    }

    private boolean isOverAfter(String service, @Nullable Duration moment) {
      return moment != null && ran.at(service + " STOPPED").compareTo(moment) >= 0;
    }

    private void theReportSaysWhereTheFaultyServiceStood() {
      if (theCase.fault().failsByItself() || !isReportable(faulty)) {
        return;
      }
      Straggler straggler =
          exit.stragglers().stream()
              .filter(each -> each.service().equals(faulty))
              .findFirst()
              .orElseThrow(() -> new AssertionError("not reported"));
      boolean alsoInStop =
          List.of(Where.RUN, Where.READY, Where.CHECK).contains(theCase.where())
              && outlivedOvertime(faulty)
              && !outlivedStopLimit(faulty)
              && isOvertime(ran.at("end of stop " + faulty));
      assertEquals(alsoInStop ? Phase.STOP : theCase.where().phase(), straggler.phase());
      theReportSaysHowLong(straggler);
      String ours = FaultyProgram.class.getName();
      assertTrue(
          straggler.threads().stream()
              .flatMap(thread -> thread.stack().stream())
              .anyMatch(frame -> frame.getClassName().startsWith(ours)),
          () -> "whose threads: " + straggler.threads());
    }

    private void theReportSaysHowLong(Straggler straggler) {
      if (spins()) {
        assertTrue(straggler.used().isPositive() && straggler.budget().isPositive());
      } else if (outlivedStartLimit(faulty)) {
        assertEquals(FaultyProgram.START_LIMIT, straggler.used());
        assertEquals(FaultyProgram.START_LIMIT, straggler.budget());
      } else if (outlivedStopLimit(faulty)) {
        assertEquals(FaultyProgram.STOP_LIMIT, straggler.used());
        assertEquals(FaultyProgram.STOP_LIMIT, straggler.budget());
      } else if (outlivedByItsCheck(faulty)) {
        Duration used = checkIsGivenUpAt().minus(ran.at(faulty + " SHUTTING_DOWN"));
        assertEquals(used, straggler.used());
        assertEquals(used, straggler.budget());
      } else if (outlivedOvertime(faulty)) {
        Duration since = stopLimitOfTheFaulty().minus(FaultyProgram.STOP_LIMIT);
        boolean onlyItsCheckIsLeft =
            theCase.where() == Where.CHECK && !isOvertime(ran.at("end of stop " + faulty));
        Duration graceEnd = stopAskedAt().plus(FaultyProgram.GRACE);
        Duration end = onlyItsCheckIsLeft ? checkIsGivenUpAt() : graceEnd;
        assertEquals(overtimeOrNever().minus(since), straggler.used());
        assertEquals(
            theCase.hasOwnStopLimit() ? FaultyProgram.STOP_LIMIT : end.minus(since),
            straggler.budget());
      }
    }

    // Time

    private void itEndsInTime() {
      assertEquals(ran.elapsed().minus(stopAskedAt()), exit.stopTook());
      if (spins() && theCase.isTheCause()) {
        Duration noticedAfter = stopAskedAt().minus(FaultyProgram.START_LIMIT);
        assertTrue(!noticedAfter.isNegative(), () -> "noticed after " + noticedAfter);
        assertTrue(noticedAfter.compareTo(FaultyProgram.NOTICED_LATE) <= 0, noticedAfter::toString);
      }
      assertEquals(ran.elapsed(), exit.uptime());
      Duration most = FaultyProgram.GRACE.plusMillis(500);
      assertTrue(exit.stopTook().compareTo(most) <= 0, () -> "took " + exit.stopTook());
    }

    private Duration stopAskedAt() {
      if (theCase.meanwhile().isDuringTheFault() && !theCase.where().isInStop()) {
        return FaultyProgram.SIGNAL_AFTER;
      } else if (!theCase.isTheCause()) {
        return FaultyProgram.ASKED_AT;
      }
      if (spins()) {
        return ran.elapsed().minus(exit.stopTook());
      }
      return theCase.fault().failsByItself()
          ? FaultyProgram.FAILS_AFTER
          : FaultyProgram.START_LIMIT;
    }

    private void whatNobodyNeedsAnyMoreIsInterruptedWhenItsServiceIsStopped() {
      Duration goesOnFor = afterTheInterrupt();
      if ((theCase.where() == Where.READY || theCase.where() == Where.CHECK) && goesOnFor != null) {
        String end = "end of " + theCase.where().phase() + " " + faulty;
        Duration expected = ran.at(faulty + " SHUTTING_DOWN").plus(goesOnFor);
        boolean isCutOff = ran.isStuck(faulty) && expected.compareTo(ran.elapsed()) >= 0;
        assertTrue(isCutOff || ran.at(end).equals(expected), () -> end + ": " + lines);
      }
    }

    /** For how long the faulty call goes on once it is interrupted; null if that cannot be seen. */
    private @Nullable Duration afterTheInterrupt() {
      return switch (theCase.fault()) {
        case THROWS_EXCEPTION, THROWS_ERROR, SAYS_UNHEALTHY, HANGS -> Duration.ZERO;
        case RETURNS_LATE -> FaultyProgram.LATE;
        case RETURNS_TOO_LATE -> FaultyProgram.TOO_LATE;
        case SWALLOWS_INTERRUPTS, SPINS -> null;
      };
    }

    private void whatWasAskedBeforeIsInterruptedWhenTheOvertimeBegins() {
      for (String service : ran.services()) {
        boolean obeys = !service.equals(faulty) || theCase.fault() == Fault.HANGS;
        if (obeys && outlivedOvertime(service)) {
          assertEquals(overtime(), ran.at(service + " STOPPED"), () -> service + ": " + lines);
        }
      }
    }

    private void nobodyWaitsForTheFaultyServiceLongerThanItsLimits() {
      boolean isGivenUpSoon = theCase.where() == Where.INIT || theCase.where() == Where.CHECK;
      boolean limited = theCase.hasOwnStopLimit() || isGivenUpSoon;
      if (limited && !ran.happened("second signal")) {
        Duration most =
            FaultyProgram.STOP_TIME
                .multipliedBy(works() ? 5 : 3)
                .plus(isGivenUpSoon ? Duration.ZERO : FaultyProgram.STOP_LIMIT)
                .plus(AFTER_INTERRUPT)
                .plus(spins() ? FaultyProgram.NOTICED_LATE : Duration.ZERO);
        assertTrue(exit.stopTook().compareTo(most) <= 0, () -> "took " + exit.stopTook());
      }
    }

    /** When the grace was over or the second signal came; null if it ended before. */
    private @Nullable Duration overtime() {
      Duration graceEnd = stopAskedAt().plus(FaultyProgram.GRACE);
      if (ran.happened("second signal")) {
        return ran.at("second signal");
      }
      return graceEnd.compareTo(ran.elapsed()) <= 0 ? graceEnd : null;
    }

    private Duration overtimeOrNever() {
      Duration overtime = overtime();
      return overtime == null ? FaultyProgram.NEVER : overtime;
    }

    private boolean isOvertime(Duration moment) {
      return overtimeOrNever().compareTo(moment) <= 0;
    }

    /** Whether nobody has to wait for the service any more though it is still in a call. */
    private boolean isGivenUp(String service, Duration moment) {
      Fault fault = theCase.fault();
      boolean stubborn =
          !fault.failsByItself() && fault != Fault.HANGS && fault != Fault.RETURNS_LATE;
      if (!service.equals(faulty) || !stubborn) {
        return false;
      }
      if (spins()) { // when it was interrupted cannot be seen
        return ran.isStuck(service);
      }
      Duration interrupted =
          switch (theCase.where()) {
            case INIT -> stopAskedAt();
            case CHECK -> ran.at("end of stop " + faulty);
            case READY, RUN, STOP, CLOSE ->
                theCase.hasOwnStopLimit() ? stopLimitOfTheFaulty() : FaultyProgram.NEVER;
          };
      return interrupted.plus(AFTER_INTERRUPT).compareTo(moment) <= 0;
    }

    // What is owned, and the end

    private void whatIsOwnedIsClosedOnceLastFirst() {
      for (String service : ran.begun()) {
        boolean neverReturns =
            service.equals(faulty) && theCase.where() == Where.CLOSE && ran.isStuck(service);
        int last = lines.indexOf("close " + service);
        int first = lines.indexOf("close early " + service);
        assertEquals(1, count("close " + service), () -> "closed " + service + ": " + lines);
        assertEquals(
            neverReturns ? 0 : 1,
            count("close early " + service),
            () -> "closed what " + service + " owned first: " + lines);
        assertTrue(neverReturns || last < first, () -> "order of closing: " + lines);
      }
    }

    private void whatIsOwnedIsClosedAfterItsOwnerHasEnded() {
      for (String service : ran.begun()) {
        String close = "close " + service;
        if (!isOvertime(ran.at(close)) && !isGivenUp(service, ran.at(close))) {
          List<String> calls = lines.subList(0, lines.indexOf(close));
          for (Phase phase : List.of(Phase.INIT, Phase.READY, Phase.CHECK, Phase.RUN, Phase.STOP)) {
            assertEquals(
                lines.contains(phase + " " + service),
                calls.contains("end of " + phase + " " + service),
                () -> close + " before the end of " + phase + ": " + lines);
          }
        }
      }
    }

    private void whatWasNotClosedIsNamedAsALeak() {
      List<String> leaking =
          exit.leaks().stream()
              .map(Leak::service)
              .filter(service -> !service.equals(Leak.UNATTRIBUTED))
              .toList();
      int expected =
          theCase.where() != Where.CLOSE
              ? 0
              : switch (theCase.fault()) {
                case THROWS_EXCEPTION, THROWS_ERROR, SAYS_UNHEALTHY, HANGS -> 1;
                case SWALLOWS_INTERRUPTS, SPINS -> 2;
                case RETURNS_LATE, RETURNS_TOO_LATE -> ran.isStuck(faulty) ? 2 : 0;
              };
      assertEquals(Collections.nCopies(expected, faulty), leaking, () -> "" + exit.leaks());
    }

    private void whatIsNotAtFaultEndsStopped() {
      for (ServiceStatus status : ran.status().services()) {
        boolean stuck = ran.isStuck(status.name());
        assertTrue(!stuck || status.name().equals(faulty), () -> status + ": " + lines);
        assertEquals(stuck, status.state() != ServiceState.STOPPED, () -> status + ": " + lines);
        assertEquals(
            ran.happened(status.name() + " INITIATING") && !stuck,
            ran.happened(status.name() + " STOPPED"),
            () -> status + ": " + lines);
      }
    }

    private void countedWorkIsFinishedOrCountedAsCutOff() {
      if (works()) {
        boolean isDone = ran.happened(FaultyProgram.WORK_IS_DONE);
        assertTrue(isDone || overtime() != null, () -> "cut off in time: " + lines);
        assertEquals(isDone ? 0 : 1, exit.failures().stream().filter(this::isCutOff).count());
      }
    }

    private boolean isCutOff(Failure failure) {
      return failure.service().equals(FaultyProgram.WORKER)
          && failure.error() instanceof CutOffException;
    }

    private void theOutcomeFits() {
      assertEquals(expectedOutcome(), exit.outcome(), lines::toString);
    }

    private Outcome expectedOutcome() {
      if (overtime() != null || ran.isStuck(faulty)) {
        return Outcome.FORCED;
      }
      return exit.failures().isEmpty() ? Outcome.CLEAN : Outcome.FAILURES;
    }

    private void theExitCodeFits() {
      boolean cutsOffAMainTask =
          theCase.layout() == Layout.MAIN_TASK_AT_THE_END
              && exit.cause() instanceof Cause.Signalled;
      int expected =
          switch (expectedOutcome()) {
            case FORCED -> 3;
            case FAILURES -> 1;
            case CLEAN -> cutsOffAMainTask ? 143 : 0;
          };
      assertEquals(expected, exit.code());
    }

    private boolean works() {
      return theCase.layout() == Layout.COUNTED_WORK_AT_THE_BEGINNING;
    }

    private int count(String line) {
      return Collections.frequency(lines, line);
    }

    private boolean isStarted(String service) {
      return ran.happened("run " + service);
    }

    private List<String> startedAfter(String service) {
      return ran.begun().stream().filter(other -> ran.stage(other) > ran.stage(service)).toList();
    }
  }
}
