package dev.srun;

import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
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
    for (String start : JDK) {
      if (className.startsWith(start)) {
        return false;
      }
    }
    return !isOurs(className);
  }

  /** Whether the class is srun's. */
  static boolean isOurs(String className) {
    int dot = className.lastIndexOf('.');
    return dot >= 0 && OURS.contains(className.substring(0, dot));
  }

  /** The innermost frame of the calling thread that is the program's own; null if there is none. */
  static @Nullable StackTraceElement caller() {
    return StackWalker.getInstance().walk(new FirstOwn());
  }

  /** Most starts come by here: a class rather than lambdas, which take longer to come about. */
  private static final class FirstOwn
      implements Function<Stream<StackWalker.StackFrame>, @Nullable StackTraceElement> {
    @Override
    public @Nullable StackTraceElement apply(Stream<StackWalker.StackFrame> frames) {
      Iterator<StackWalker.StackFrame> each = frames.iterator();
      while (each.hasNext()) {
        StackWalker.StackFrame frame = each.next();
        if (isOwn(frame.getClassName())) {
          return frame.toStackTraceElement();
        }
      }
      return null;
    }
  }

  /** The frame as text; empty where it is not known. */
  static String text(@Nullable StackTraceElement frame) {
    return frame == null ? "" : frame.toString();
  }
}
