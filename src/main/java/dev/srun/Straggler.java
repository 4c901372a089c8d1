package dev.srun;

import static java.util.stream.Collectors.joining;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A service that outlived its budget, and where it stood then. It is reported once, when the budget
 * had just passed and nothing had been interrupted yet.
 *
 * @param service its name
 * @param phase the phase that had not ended
 * @param used how long it had taken: in a start the phase, in a stop all since the service was
 *     asked to stop
 * @param budget how long it might have taken
 * @param leftBehind whether it had not ended when the program had; else an interrupt ended it
 * @param threads where its threads stood: those in the program's own code first, and of these that
 *     of the phase
 */
public record Straggler(
    String service,
    Phase phase,
    Duration used,
    Duration budget,
    boolean leftBehind,
    List<ThreadSnapshot> threads) {

  /** Copies the threads. */
  public Straggler {
    threads = List.copyOf(threads);
  }

  Straggler asLeftBehind() {
    return new Straggler(service, phase, used, budget, true, threads);
  }

  /**
   * Returns where the program's own code stood: in the phase's thread, else in the first of the
   * others that was in it.
   *
   * @return the frame; empty if no thread was in code of the program's own
   */
  public Optional<StackTraceElement> ownFrame() {
    return threads.stream().flatMap(thread -> thread.ownFrame().stream()).findFirst();
  }

  /** Returns service, phase, the time used and allowed, and where it stood, in one line. */
  @Override
  public String toString() {
    return service
        + ": still in "
        + phase
        + " after "
        + Durations.text(used)
        + " of "
        + Durations.text(budget)
        + ownFrame().map(frame -> ", at " + frame).orElse("")
        + threads.stream().map(ThreadSnapshot::aboutCarrier).distinct().collect(joining());
  }
}
