package dev.srun;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Where a thread stood when it was looked at.
 *
 * @param id its {@linkplain Thread#threadId() number}
 * @param name its name
 * @param state its state; of a virtual thread also whether it holds a carrier thread, which is what
 *     keeps other virtual threads from running
 * @param stack its stack, the innermost call first
 */
public record ThreadSnapshot(long id, String name, String state, List<StackTraceElement> stack) {

  private static final String HOLDS = ", holds a carrier thread";
  private static final String WAITS = ", waits for a carrier thread";

  /** Copies the stack. */
  public ThreadSnapshot {
    stack = List.copyOf(stack);
  }

  static ThreadSnapshot of(Thread thread) {
    return new ThreadSnapshot(
        thread.threadId(),
        thread.getName(),
        stateOf(thread),
        Arrays.asList(thread.getStackTrace()));
  }

  /** A virtual thread tells that it is mounted by its text alone, which names the carrier. */
  static boolean holdsCarrier(Thread thread) {
    int afterName = ("VirtualThread[#" + thread.threadId() + "," + thread.getName() + "]").length();
    return thread.isVirtual() && thread.toString().indexOf('@', afterName) >= 0;
  }

  private static String stateOf(Thread thread) {
    Thread.State state = thread.getState();
    if (holdsCarrier(thread)) {
      return state + HOLDS;
    }
    return thread.isVirtual() && state == Thread.State.RUNNABLE ? state + WAITS : "" + state;
  }

  /** What its state says about carrier threads; empty if that is nothing. */
  String aboutCarrier() {
    int comma = state.indexOf(',');
    return comma < 0 ? "" : state.substring(comma);
  }

  /**
   * Returns the innermost frame that belongs neither to the JDK nor to srun: where the program's
   * own code stands.
   *
   * @return the frame; empty if there is none
   */
  public Optional<StackTraceElement> ownFrame() {
    for (StackTraceElement frame : stack) {
      if (Frames.isOwn(frame.getClassName())) {
        return Optional.of(frame);
      }
    }
    return Optional.empty();
  }

  /** The same without the outermost frames, which only say how srun called the program's code. */
  ThreadSnapshot ownPart() {
    int own = indexOfLast(frame -> Frames.isOwn(frame.getClassName()));
    int ours = indexOfFirst(frame -> Frames.isOurs(frame.getClassName()));
    int last = own >= 0 ? own : ours;
    return last < 0 ? this : new ThreadSnapshot(id, name, state, stack.subList(0, last + 1));
  }

  private int indexOfFirst(Predicate<StackTraceElement> which) {
    return IntStream.range(0, stack.size())
        .filter(i -> which.test(stack.get(i)))
        .findFirst()
        .orElse(-1);
  }

  private int indexOfLast(Predicate<StackTraceElement> which) {
    return IntStream.range(0, stack.size())
        .filter(i -> which.test(stack.get(i)))
        .reduce(-1, (before, i) -> i);
  }

  /** Returns name, state and stack, one line each. */
  @Override
  public String toString() {
    return stack.stream()
        .map(frame -> "\n\tat " + frame)
        .collect(Collectors.joining("", name + " (" + state + ")", ""));
  }
}
