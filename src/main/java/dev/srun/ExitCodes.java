package dev.srun;

/**
 * Turns cause and outcome into a process exit code. The one place that does.
 *
 * <p>Two codes are the shell's convention and not configurable: {@code 128 + n} when signal number
 * n cut off a main task that had not completed, and when it arrived for the third time.
 *
 * @param clean everything stopped in order and in time
 * @param failed something failed: a service, or a stop that threw
 * @param misconfigured the configuration was refused
 * @param forced the budget was exceeded, or a second signal came
 */
public record ExitCodes(int clean, int failed, int misconfigured, int forced) {

  /** 0, 1, 2, 3. */
  public static final ExitCodes DEFAULT = new ExitCodes(0, 1, 2, 3);

  /**
   * Refuses what is no exit code.
   *
   * @throws IllegalArgumentException if a code is not within 0 to 255
   */
  public ExitCodes {
    for (int code : new int[] {clean, failed, misconfigured, forced}) {
      check(code);
    }
  }

  /** Refuses what no process can end with. */
  static void check(int code) {
    if (code < 0 || code > 255) {
      throw new IllegalArgumentException("exit code " + code + ": expected 0 to 255");
    }
  }

  int of(Cause cause, Outcome outcome, boolean mainTaskCutOff, int thirdSignal) {
    if (thirdSignal > 0) {
      return 128 + thirdSignal;
    }
    if (cause instanceof Cause.Misconfigured) {
      return misconfigured;
    }
    return switch (outcome) {
      case FORCED -> forced;
      case FAILURES -> failed;
      case CLEAN -> {
        if (cause instanceof Cause.Asked asked && asked.code() != null) {
          yield asked.code();
        }
        if (!mainTaskCutOff) {
          yield clean;
        }
        yield switch (cause) {
          case Cause.Signalled signalled -> 128 + signalled.number();
          case Cause.DeadlinePassed passed -> forced;
          case Cause.Completed completed -> clean;
          case Cause.Upgraded upgraded -> clean;
          case Cause.Asked asked -> clean;
          case Cause.Failed failure -> failed;
          case Cause.Misconfigured refused -> misconfigured;
        };
      }
    };
  }
}
