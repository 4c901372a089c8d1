package dev.srun;

/** The shape of a log line. */
public enum LogFormat {
  /** Time, level, {@code logger_scope=} and message, for people. */
  TEXT,
  /** One JSON object a line, for machines. */
  JSON
}
