package dev.srun.upgrade;

import org.jspecify.annotations.Nullable;

/** The next generation does not take over; this one goes on as if nothing had been. */
final class UpgradeFailedException extends Exception {
  private static final long serialVersionUID = 1L;

  UpgradeFailedException(String what, @Nullable Throwable cause) {
    super(what, cause);
  }
}
