package dev.srun.admin;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Whose turn it is to profile: one at a time, since the recorder would mix the settings of two.
 * Thread-safe.
 */
final class ProfileTurn {
  private final AtomicReference<@Nullable Holder> holder = new AtomicReference<>();

  /**
   * A profile that is made.
   *
   * @param path what was asked for
   * @param end when it has recorded enough, as {@link System#nanoTime}
   */
  record Holder(String path, long end) {
    static Holder of(String path, int seconds) {
      return new Holder(path, System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds));
    }

    /** How many whole seconds it still takes, at least one. */
    long secondsLeft() {
      Duration left = Duration.ofNanos(end - System.nanoTime());
      return Math.max(1, left.plusNanos(999_999_999).toSeconds());
    }
  }

  /** Takes the turn; returns who has it where somebody does. */
  @Nullable Holder take(Holder next) {
    return holder.compareAndExchange(null, next);
  }

  /** Gives the turn back, unless that was done. */
  void giveBack(Holder mine) {
    holder.compareAndSet(mine, null);
  }
}
