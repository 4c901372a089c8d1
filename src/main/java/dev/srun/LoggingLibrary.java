package dev.srun;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * A logging library on the class path that may have a shutdown hook of its own. Called by
 * reflection, since srun depends on none of them. What a user has set stands: a hook that is turned
 * off stays off.
 */
interface LoggingLibrary {

  /** Learns of what the JDK logs at the end of the process. */
  void watch(Consumer<String> onExit) throws ReflectiveOperationException;

  /** Undoes what {@link #watch} did. */
  void unwatch() throws ReflectiveOperationException;

  /** Has the library's shutdown hook not run. Called before the JVM's shutdown begins. */
  void hold() throws ReflectiveOperationException;

  /** Does what the hook that was held back would have done. May block. */
  void end() throws ReflectiveOperationException, InterruptedException;

  /** Those that the program logs by. */
  static List<LoggingLibrary> find() throws ReflectiveOperationException {
    List<LoggingLibrary> found = new ArrayList<>();
    for (LoggingLibrary each : Arrays.asList(Log4jLibrary.find(), LogbackLibrary.find())) {
      if (each != null) {
        found.add(each);
      }
    }
    return found;
  }
}
