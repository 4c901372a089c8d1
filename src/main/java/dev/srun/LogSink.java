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

  /**
   * Whether what is written here is taken care of by the program, so that copies of it are too. May
   * take a while.
   */
  default boolean isTheProgramsOwn() {
    return false;
  }

  /** Writes a line; may block. Called by the {@link LogWriter}'s thread alone. */
  void write(LogLine line) throws IOException;
}
