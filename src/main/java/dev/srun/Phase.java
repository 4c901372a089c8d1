package dev.srun;

import java.util.Locale;

/** A call into user code. Failures and reports name the phase in which they happened. */
public enum Phase {
  /** The program's setup, on the thread that called {@link Srun}. */
  SETUP,
  /** A service's init. */
  INIT,
  /** A service's run, or the body of a task. */
  RUN,
  /** A service's ready; also the wait for a run that has not said that it is ready. */
  READY,
  /** A service's {@linkplain WarmedUp warm-up}. */
  WARM_UP,
  /** A {@linkplain HealthChecked check} of a service's health. */
  CHECK,
  /** What a service has asked to be called when the drain begins. */
  DRAIN,
  /** A service's stop. */
  STOP,
  /** Closing what a service owns. */
  CLOSE;

  private final String text = name().toLowerCase(Locale.ROOT).replace('_', '-');

  /** Returns the name as it stands in messages: {@code init}, {@code warm-up}, and so on. */
  @Override
  public String toString() {
    return text;
  }
}
