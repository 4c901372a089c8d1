package dev.srun;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A call of {@code System.exit} that is not srun's own.
 *
 * @param thread the thread that called it, where it waits for the JVM's shutdown
 * @param status the status that the call was given
 * @param at the frame that called it; empty if the JVM itself did
 */
record ExitCall(Thread thread, int status, String at) {

  /** The logger to which the JDK tells each call before the JVM's shutdown begins, at DEBUG. */
  static final String LOGGER = "java.lang.Runtime";

  private static final String MESSAGE = "Runtime.exit() called with status: ";

  /**
   * The call that the JDK has just logged on this thread.
   *
   * @param message the text of a record of {@link #LOGGER}
   * @return null if the record is about something else
   */
  static @Nullable ExitCall logged(String message) {
    if (!message.startsWith(MESSAGE)) {
      return null;
    }
    try {
      int status = Integer.parseInt(message.substring(MESSAGE.length()).strip());
      Thread thread = Thread.currentThread();
      return new ExitCall(thread, status, caller(thread.getStackTrace()));
    } catch (NumberFormatException otherText) {
      return null;
    }
  }

  /** The first frame below those of {@code System.exit} and {@code Runtime.exit}. */
  private static String caller(StackTraceElement[] stack) {
    boolean exits = false;
    for (StackTraceElement frame : stack) {
      boolean isExit =
          frame.getMethodName().equals("exit") && frame.getClassName().startsWith("java.lang.");
      if (exits && !isExit) {
        return frame.toString();
      }
      exits |= isExit;
    }
    return "";
  }

  /**
   * Of several calls the one that the JVM's shutdown began with: the others wait for it.
   *
   * @return null if none of them did
   */
  static @Nullable ExitCall first(List<ExitCall> calls) {
    if (calls.size() == 1) {
      return calls.getFirst();
    }
    for (ExitCall call : calls) {
      for (StackTraceElement frame : call.thread.getStackTrace()) {
        if (frame.getClassName().equals("java.lang.Shutdown")
            && frame.getMethodName().equals("runHooks")) {
          return call;
        }
      }
    }
    return null;
  }

  /** The status as a process has it: the lowest eight bits. */
  int code() {
    return status & 0xff;
  }

  /** Returns the call as it stands in the source. */
  @Override
  public String toString() {
    return "System.exit(" + status + ")";
  }
}
