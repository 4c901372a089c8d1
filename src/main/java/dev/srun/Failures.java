package dev.srun;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Makes failures of what user code throws, on the thread that threw it. */
final class Failures {

  /** A call into user code. */
  @FunctionalInterface
  interface Call {
    void call() throws Throwable;
  }

  private Failures() {}

  /** Calls user code and returns its failure, or null if there was none. */
  static @Nullable Failure of(String service, Phase phase, Call call) {
    try {
      call.call();
      return null;
    } catch (Throwable e) {
      return of(service, phase, e);
    }
  }

  static Failure of(String service, Phase phase, Throwable error) {
    return new Failure(service, phase, error, text(error));
  }

  /** The message of a phase that has passed its limit. */
  static String tooLong(Phase phase, String service, Duration limit) {
    return phase + " of " + service + " took longer than " + Durations.text(limit);
  }

  /** The stack trace as text; the class alone where the exception's own methods fail. */
  static String text(Throwable error) {
    try {
      StringWriter text = new StringWriter();
      error.printStackTrace(new PrintWriter(text));
      return text.toString().stripTrailing();
    } catch (Throwable e) {
      return withoutText(error, e);
    }
  }

  private static String withoutText(Throwable error, Throwable why) {
    String name = error.getClass().getName();
    try {
      return name + " (its text cannot be had: " + why.getClass().getName() + ")";
    } catch (OutOfMemoryError e) {
      return name;
    }
  }

  /** Suppresses a later failure onto an earlier one, where the earlier one lets it. */
  @SuppressWarnings("ReferenceEquality") // an exception cannot be suppressed onto itself
  static void suppress(Throwable first, Throwable later) {
    if (first != later) {
      first.addSuppressed(later);
    }
  }
}
