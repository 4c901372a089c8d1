package dev.srun;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Where a thread stood when it was looked at.
 *
 * @param name its name
 * @param state its state; of a virtual thread also whether it holds a carrier thread, which is what
 *     keeps other virtual threads from running
 * @param stack its stack, the innermost call first
 */
public record StuckThread(String name, String state, List<StackTraceElement> stack) {

  /** Frames of the JDK and of the runner itself: nobody is helped by their being named first. */
  private static final List<String> NOT_OWN =
      List.of("java.", "javax.", "jdk.", "sun.", "com.sun.", "dev.srun.");

  /** Copies the stack. */
  public StuckThread {
    stack = List.copyOf(stack);
  }

  static StuckThread of(Thread thread) {
    return new StuckThread(
        thread.getName(), stateOf(thread), Arrays.asList(thread.getStackTrace()));
  }

  /**
   * That a virtual thread is mounted is told by its text alone: the carrier's name is part of it.
   */
  private static String stateOf(Thread thread) {
    Thread.State state = thread.getState();
    if (!thread.isVirtual()) {
      return state.toString();
    }
    if (thread.toString().indexOf('@', thread.getName().length()) >= 0) {
      return state + ", holds a carrier thread";
    }
    return state == Thread.State.RUNNABLE ? state + ", waits for a carrier thread" : "" + state;
  }

  /**
   * Returns the innermost frame that belongs neither to the JDK nor to srun: where the program's
   * own code stands.
   *
   * @return the frame; empty if there is none
   */
  public Optional<StackTraceElement> ownFrame() {
    return stack.stream()
        .filter(frame -> NOT_OWN.stream().noneMatch(frame.getClassName()::startsWith))
        .findFirst();
  }

  /** Returns name, state and stack, one line each. */
  @Override
  public String toString() {
    return stack.stream()
        .map(frame -> "\n\tat " + frame)
        .collect(Collectors.joining("", name + " (" + state + ")", ""));
  }
}
