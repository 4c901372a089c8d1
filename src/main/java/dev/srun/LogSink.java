package dev.srun;

import java.io.IOException;
import java.lang.System.Logger.Level;

/** Where log lines end up. */
interface LogSink {

  /** Whether some line of that level would be written; any thread, and never waits. */
  boolean isLoggable(Level level);

  /** Whether a line of that scope and level would be; any thread, and never waits. */
  default boolean isLoggable(String scope, Level level) {
    return isLoggable(level);
  }

  /** What was configured as the lowest level. Where srun writes itself that is set apart. */
  default void ignoreBelow(Level level) {}

  /** Writes a line; may block. Called by the {@link LogWriter}'s thread alone. */
  void write(LogLine line) throws IOException;
}
