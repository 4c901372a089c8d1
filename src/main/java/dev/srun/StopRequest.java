package dev.srun;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Whether the program was asked to stop, why, when and how urgently. Written by any thread without
 * waiting: the first to ask fixes cause and time, and from then on readiness is false.
 */
final class StopRequest {

  /** Signals closer together than this are one: wrappers deliver Ctrl-C twice. */
  static final long SAME_SIGNAL_NANOS = 300_000_000;

  /**
   * Cause and time of the first ask.
   *
   * @param atOnce whether somebody waits for it who has no use for a drain
   */
  record Asked(Cause cause, long at, boolean atOnce) {}

  private record Heard(int signals, long lastAt, int lastNumber, long secondAt) {
    Heard next(Cause.Signalled signal, long now) {
      return new Heard(signals + 1, now, signal.number(), signals == 1 ? now : secondAt);
    }
  }

  private final AtomicReference<@Nullable Asked> asked = new AtomicReference<>();
  private final AtomicReference<Cause.@Nullable Signalled> firstSignal = new AtomicReference<>();
  private final AtomicReference<Heard> heard =
      new AtomicReference<>(new Heard(0, 0, 0, Alarm.NEVER));

  /** Returns true to the first one who asks. */
  boolean ask(Cause cause, long now) {
    return ask(new Asked(cause, now, false));
  }

  private boolean ask(Asked first) {
    if (first.cause instanceof Cause.Signalled signal) {
      firstSignal.compareAndSet(null, signal);
    }
    return asked.get() == null && asked.compareAndSet(null, first);
  }

  @Nullable Asked asked() {
    return asked.get();
  }

  /** The first signal that asked to stop, whatever the cause is; null as long as there is none. */
  Cause.@Nullable Signalled signal() {
    return firstSignal.get();
  }

  /**
   * Counts a signal that asks to stop, and asks.
   *
   * @param atOnce as in {@link Asked}
   * @return how many signals there were so far, this one included; 0 for one that is the echo of
   *     the signal before
   */
  int signal(Cause.Signalled signal, long now, boolean atOnce) {
    while (true) {
      Heard before = heard.get();
      if (before.signals > 0 && now - before.lastAt < SAME_SIGNAL_NANOS) {
        return 0;
      }
      if (heard.compareAndSet(before, before.next(signal, now))) {
        ask(new Asked(signal, now, atOnce));
        return before.signals + 1;
      }
    }
  }

  /** The number of the signal that was the third or later; 0 as long as there is none. */
  int insistentSignal() {
    Heard last = heard.get();
    return last.signals >= 3 ? last.lastNumber : 0;
  }

  /** How many signals asked to stop: the second skips to interrupting, the third ends at once. */
  int signals() {
    return heard.get().signals;
  }

  /** When the second signal came; {@link Alarm#NEVER} as long as there is none. */
  long secondAt() {
    return heard.get().secondAt;
  }
}
