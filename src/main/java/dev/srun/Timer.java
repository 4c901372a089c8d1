package dev.srun;

/** The limits of a program as a whole; each service has limits of its own. */
enum Timer {
  /** The run deadline. */
  RUN,
  /** A service that was not ready is asked again. */
  READY,
  /** The next check of a service's health is due. */
  CHECK,
  /** What was thrown has become text. */
  TEXT,
  DRAIN,
  /** What is stopped now has used up its part of the grace. */
  BUDGET,
  /** Within the overtime: what is owned is closed whether its owner has ended or not. */
  CLOSE_ALL,
  OVERTIME,
  /** The listeners have been told the last changes. */
  LISTENERS
}
