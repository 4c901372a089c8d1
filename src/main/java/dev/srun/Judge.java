package dev.srun;

import org.jspecify.annotations.Nullable;

/**
 * A program's own judgement of its services, as a service with nothing but a check: it runs in a
 * thread of its own, with a limit, and whoever asks reads its last answer.
 */
final class Judge implements Service, HealthChecked {
  /** The name of the one whose answer is the program's health. */
  static final String OF_HEALTH = "(health)";

  /** The name of the one whose answer decides whether the program can be ready. */
  static final String OF_READINESS = "(readiness)";

  private final HealthFunction function;
  private volatile @Nullable Runner runner;

  Judge(HealthFunction function) {
    this.function = function;
  }

  @Override
  public void init(Context ctx) {
    runner = ctx.runner();
  }

  @Override
  public void run(Context ctx) {}

  @Override
  public Health check() throws Exception {
    Runner asked = runner;
    if (asked == null) {
      throw new IllegalStateException("asked before it was told of the program");
    }
    return function.judge(asked.status());
  }
}
