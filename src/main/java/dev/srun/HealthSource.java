package dev.srun;

/** Where a service's own health comes from. */
public enum HealthSource {
  /** From its state: nobody has said anything else. */
  STATE,
  /** From {@link HealthChannel#report}. */
  PUSH,
  /** From its {@linkplain HealthChecked check}. */
  CHECK
}
