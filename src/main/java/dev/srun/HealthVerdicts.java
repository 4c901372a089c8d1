package dev.srun;

import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * What reports and checks mean: for the service, for a start that waits for its first check, and
 * for the program's own judgements. Used by the supervisor alone; no method waits.
 */
final class HealthVerdicts {
  private final HealthTable table;
  private final HealthChecks checks;
  private final StartSequence start;
  private final Deadlines deadlines;
  private final Findings findings;

  HealthVerdicts(
      HealthTable table,
      HealthChecks checks,
      StartSequence start,
      Deadlines deadlines,
      Findings findings) {
    this.table = table;
    this.checks = checks;
    this.start = start;
    this.deadlines = deadlines;
    this.findings = findings;
  }

  void beginDue(long now) {
    checks.beginDue(now);
  }

  /** The service has said how well it is. */
  void reported(Slot slot) {
    table.reported(slot);
    checks.hurry(slot);
  }

  /**
   * A check has ended, in time or not.
   *
   * @param thrown null if it has returned
   */
  void ended(Slot slot, @Nullable Failure thrown) {
    if (slot.isStopping()) {
      return;
    }
    Health answer = thrown == null ? answer(slot) : Health.unhealthy(thrown.why());
    if (checks.decidesStart(slot) && answer.status() == HealthStatus.UNHEALTHY) {
      deadlines.clear(slot);
      findings.failed(thrown == null ? unhealthyFromTheStart(slot, answer) : thrown);
      return;
    }
    boolean first = checks.isFirst(slot);
    checks.ended(slot, answer);
    admit(slot, first);
  }

  private static Health answer(Slot slot) {
    Health answer = slot.health().takeAnswer();
    return answer == null ? Health.unhealthy("the check returned null") : answer.ofItself();
  }

  private static Failure unhealthyFromTheStart(Slot slot, Health answer) {
    String message = "the first check said " + answer;
    return new Failure(slot.name(), Phase.CHECK, new IllegalStateException(message), message);
  }

  /** The limit of a check has passed. */
  void late(Slot slot) {
    if (checks.decidesStart(slot)) {
      String message =
          Failures.tooLong(Phase.CHECK, slot.name(), slot.definition().health().timeout());
      deadlines.clear(slot);
      findings.passedLimit(slot, Phase.CHECK, new TimeoutException(message));
      return;
    }
    boolean first = checks.isFirst(slot);
    findings.tellHangingCheck(slot);
    checks.late(slot);
    admit(slot, first);
  }

  private void admit(Slot slot, boolean first) {
    if (first) {
      start.admit(slot);
    }
  }

  /** Has the program's own functions judge anew, if there is something new to be judged. */
  void judge() {
    if (table.takeNews()) {
      checks.judge();
    }
  }
}
