package dev.srun.admin;

import dev.srun.Phase;
import dev.srun.PhaseTime;
import dev.srun.RunnerStatus;
import dev.srun.ServiceStatus;
import dev.srun.UpgradeStep;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A start or a stop as rows of bars: one row per service, one bar per phase, from the moment it
 * began until all was over, or until now. Of an upgrade one row per step.
 *
 * @param title what is shown
 * @param begin the left edge
 * @param length from the left edge to the right one
 * @param rows in start order
 * @param left how many services are left out, all of them quicker than those shown
 * @param goesOn whether it is not over
 */
record Timeline(
    String title, Instant begin, Duration length, List<Row> rows, int left, boolean goesOn) {

  /** More would not be read; those are shown that took longest. */
  static final int MOST_ROWS = 60;

  private static final Set<Phase> OF_START =
      EnumSet.of(Phase.INIT, Phase.READY, Phase.WARM_UP, Phase.CHECK);
  private static final Set<Phase> OF_STOP = EnumSet.of(Phase.DRAIN, Phase.STOP, Phase.CLOSE);

  /** The kind of the bars of an upgrade. */
  static final String STEP = "step";

  /** What its bars are of, such as a service. */
  record Row(String name, List<Bar> bars) {
    Duration length() {
      return bars.stream().map(Bar::length).reduce(Duration.ZERO, Duration::plus);
    }
  }

  /**
   * A phase, or a step.
   *
   * @param kind the phase's word, or {@link #STEP}
   * @param from after the left edge
   * @param length as long as it took, or has taken so far
   * @param goesOn whether it is not over
   */
  record Bar(String kind, Duration from, Duration length, boolean goesOn) {
    Duration to() {
      return from.plus(length);
    }
  }

  /** The start; of a program that has been up for long, as it was. */
  static Timeline ofStart(RunnerStatus status) {
    return of("Start", status, status.startedAt(), OF_START);
  }

  /** The stop, if there is one; the same instant as the start's otherwise, without a row. */
  static Timeline ofStop(RunnerStatus status) {
    Instant since = status.stoppingSince();
    return of("Stop", status, since == null ? status.at() : since, OF_STOP);
  }

  /** The upgrade that is under way, or was the last; without a row if there was none. */
  static Timeline ofUpgrade(List<UpgradeStep> steps, Instant now) {
    List<Row> rows = new ArrayList<>();
    Instant begin = steps.isEmpty() ? now : steps.getFirst().since();
    for (UpgradeStep step : steps) {
      Duration from = Duration.between(begin, step.since());
      rows.add(
          new Row(
              step.name(), List.of(new Bar(STEP, from, step.tookUntil(now), step.took() == null))));
    }
    return of("Upgrade", begin, now, rows);
  }

  private static Timeline of(String title, RunnerStatus status, Instant begin, Set<Phase> phases) {
    List<Row> all = new ArrayList<>();
    for (ServiceStatus service : status.services()) {
      List<Bar> bars = bars(service, begin, status.at(), phases);
      if (!bars.isEmpty()) {
        all.add(new Row(service.name(), bars));
      }
    }
    return of(title, begin, status.at(), all);
  }

  private static Timeline of(String title, Instant begin, Instant now, List<Row> all) {
    boolean goesOn = bars(all).anyMatch(Bar::goesOn);
    Duration length =
        goesOn
            ? Duration.between(begin, now)
            : bars(all).map(Bar::to).max(Comparator.naturalOrder()).orElse(Duration.ZERO);
    return new Timeline(
        title, begin, length, slowest(all), Math.max(0, all.size() - MOST_ROWS), goesOn);
  }

  private static Stream<Bar> bars(List<Row> rows) {
    return rows.stream().flatMap(row -> row.bars().stream());
  }

  private static List<Bar> bars(
      ServiceStatus service, Instant begin, Instant now, Set<Phase> phases) {
    List<Bar> bars = new ArrayList<>();
    Instant last = begin;
    for (PhaseTime time : service.phases()) {
      boolean isLater = time.phase() == Phase.CHECK && isApart(last, time);
      if (phases.contains(time.phase()) && !isLater && !time.since().isBefore(begin)) {
        Duration length = time.tookUntil(now);
        boolean goesOn = time.took() == null;
        Duration from = Duration.between(begin, time.since());
        bars.add(new Bar(time.phase().toString(), from, length, goesOn));
        last = time.since().plus(length);
      }
    }
    return bars;
  }

  /** Checks come again and again: only the first, right after the service was ready, is of it. */
  private static boolean isApart(Instant last, PhaseTime check) {
    return Duration.between(last, check.since()).compareTo(Duration.ofSeconds(1)) > 0;
  }

  private static List<Row> slowest(List<Row> rows) {
    if (rows.size() <= MOST_ROWS) {
      return rows;
    }
    Set<Row> kept = new HashSet<>();
    rows.stream()
        .sorted(Comparator.comparing(Row::length).reversed())
        .limit(MOST_ROWS)
        .forEach(kept::add);
    return rows.stream().filter(kept::contains).toList();
  }
}
