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

  /** Cause and time of the first ask. */
  record Asked(Cause cause, long at) {}

  private record Heard(int signals, long lastAt, int lastNumber) {}

  private final AtomicReference<@Nullable Asked> asked = new AtomicReference<>();
  private final AtomicReference<Heard> heard = new AtomicReference<>(new Heard(0, 0, 0));

  /** Returns true to the first one who asks. */
  boolean ask(Cause cause, long now) {
    return asked.get() == null && asked.compareAndSet(null, new Asked(cause, now));
  }

  @Nullable Asked asked() {
    return asked.get();
  }

  /**
   * Counts a signal that asks to stop, and asks.
   *
   * @return how many signals there were so far, this one included; 0 for one that is the echo of
   *     the signal before
   */
  int signal(Cause.Signalled signal, long now) {
    while (true) {
      Heard before = heard.get();
      if (before.signals > 0 && now - before.lastAt < SAME_SIGNAL_NANOS) {
        return 0;
      }
      if (heard.compareAndSet(before, new Heard(before.signals + 1, now, signal.number()))) {
        ask(signal, now);
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
}
