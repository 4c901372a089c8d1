package dev.srun;

import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/** What the log's format and levels are, where that is srun's to say. */
interface LogSetup {

  /** Of a program with a logging of its own. */
  LogSetup NOT_OURS =
      new LogSetup() {
        @Override
        public void configure(LogFormat format, Level lowest) {}

        @Override
        public boolean level(String scope, @Nullable Level lowest) {
          return false;
        }

        @Override
        public @Nullable LogLevels levels() {
          return null;
        }

        @Override
        public void showSpans() {}
      };

  /** Sets format and lowest level as they were configured. Called before anything starts. */
  void configure(LogFormat format, Level lowest);

  /**
   * Sets the lowest level of a scope and what is below it, of all with an empty one; any thread.
   *
   * @param lowest null for what was configured
   * @return false if the log is not srun's
   */
  boolean level(String scope, @Nullable Level lowest);

  /** The levels as they are now; null if the log is not srun's. Any thread. */
  @Nullable LogLevels levels();

  /**
   * From here on lines tell the span in which they were logged. Not before somebody has a tracer:
   * to ask for it loads OpenTelemetry. Any thread.
   */
  void showSpans();
}
