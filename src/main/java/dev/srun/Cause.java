package dev.srun;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The first thing that happened of all that could end a program. */
public sealed interface Cause {

  /**
   * Returns which of them it is, for what tells kinds apart, such as metrics.
   *
   * @return {@code signalled}, {@code completed}, {@code deadline}, {@code failed}, {@code
   *     misconfigured}, {@code upgraded} or {@code asked}
   */
  default String kind() {
    return switch (this) {
      case Signalled signalled -> "signalled";
      case Completed completed -> "completed";
      case DeadlinePassed deadline -> "deadline";
      case Failed failed -> "failed";
      case Misconfigured misconfigured -> "misconfigured";
      case Upgraded upgraded -> "upgraded";
      case Asked asked -> "asked";
    };
  }

  /**
   * A signal arrived.
   *
   * @param signal its name without SIG, such as {@code TERM}
   * @param number its number on this system
   */
  record Signalled(String signal, int number) implements Cause {
    @Override
    public String toString() {
      return "signal " + signal;
    }
  }

  /**
   * A main task returned, or all tasks of a program that has only tasks.
   *
   * @param by the task that was the last to complete; empty when there was nothing to run
   */
  record Completed(String by) implements Cause {
    @Override
    public String toString() {
      return by.isEmpty() ? "nothing to run" : by + " completed";
    }
  }

  /**
   * The run deadline passed.
   *
   * @param after the configured deadline
   */
  record DeadlinePassed(Duration after) implements Cause {
    @Override
    public String toString() {
      return "the run deadline of " + Durations.text(after) + " passed";
    }
  }

  /**
   * A service failed, or the setup, or the runner itself.
   *
   * @param failure what failed; later failures are suppressed onto its error
   */
  record Failed(Failure failure) implements Cause {
    @Override
    public String toString() {
      return "failed: " + failure;
    }
  }

  /**
   * The configuration was refused.
   *
   * @param failure where it was refused; its error is a {@link MisconfiguredException}
   */
  record Misconfigured(Failure failure) implements Cause {
    @Override
    public String toString() {
      return "misconfigured: " + failure.error().getMessage();
    }
  }

  /**
   * Another process has taken over, see {@link Runner#upgrade}.
   *
   * @param pid the process
   * @param generation its generation
   */
  record Upgraded(long pid, int generation) implements Cause {
    @Override
    public String toString() {
      return "upgraded: pid " + pid + " (generation " + generation + ") has taken over";
    }
  }

  /**
   * The program itself, its embedder, or another part of the JVM asked.
   *
   * @param reason as given to {@link Runner#stop}; for a shutdown of the JVM that srun did not
   *     begin {@code System.exit(7)} with the status of the call, or {@code System.exit} where that
   *     is not known
   * @param code the exit code of a clean stop, as given to {@link Runner#stop(String, int)}; null
   *     for {@link ExitCodes#clean()}
   */
  record Asked(String reason, @Nullable Integer code) implements Cause {

    /**
     * Makes one that leaves the exit code to {@link ExitCodes}.
     *
     * @param reason why
     */
    public Asked(String reason) {
      this(reason, null);
    }

    @Override
    public String toString() {
      return "asked: " + reason;
    }
  }
}
