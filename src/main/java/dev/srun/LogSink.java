package dev.srun;

import java.io.IOException;
import java.lang.System.Logger.Level;

/** Where log lines end up. */
interface LogSink {

  /** Whether a line of that level would be written; any thread. */
  boolean isLoggable(Level level);

  /** Writes a line; may block. Called by the {@link LogWriter}'s thread alone. */
  void write(LogLine line) throws IOException;

  /** The program's own logging, by way of System.Logger. */
  static LogSink systemLogger() {
    System.Logger runner = System.getLogger("srun");
    return new LogSink() {
      @Override
      public boolean isLoggable(Level level) {
        return runner.isLoggable(level);
      }

      @Override
      public void write(LogLine line) {
        String stack = line.stackTrace() == null ? "" : System.lineSeparator() + line.stackTrace();
        System.getLogger(line.scope()).log(line.level(), withService(line) + stack);
      }
    };
  }

  /**
   * The service stands in the text as well, since many a format does not show the logger's name.
   */
  private static String withService(LogLine line) {
    int dot = line.scope().indexOf('.');
    return dot < 0 ? line.message() : line.scope().substring(dot + 1) + ": " + line.message();
  }
}
