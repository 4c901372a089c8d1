package dev.srun;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whose code a stack frame is. */
final class Frames {
  private static final List<String> JDK = List.of("java.", "javax.", "jdk.", "sun.", "com.sun.");

  private static final List<String> OURS =
      List.of(
          "dev.srun", "dev.srun.http", "dev.srun.admin", "dev.srun.telemetry", "dev.srun.upgrade");

  private Frames() {}

  /** Whether the class is the program's own: neither the JDK's nor srun's. */
  static boolean isOwn(String className) {
    return JDK.stream().noneMatch(className::startsWith) && !isOurs(className);
  }

  /** Whether the class is srun's. */
  static boolean isOurs(String className) {
    int dot = className.lastIndexOf('.');
    return dot >= 0 && OURS.contains(className.substring(0, dot));
  }

  /** The innermost frame of the calling thread that is the program's own; null if there is none. */
  static @Nullable StackTraceElement caller() {
    return StackWalker.getInstance()
        .walk(frames ->
            frames
                .filter(frame -> isOwn(frame.getClassName()))
                .findFirst()
                .map(StackWalker.StackFrame::toStackTraceElement))
        .orElse(null);
  }

  /** The frame as text; empty where it is not known. */
  static String text(@Nullable StackTraceElement frame) {
    return frame == null ? "" : frame.toString();
  }
}
