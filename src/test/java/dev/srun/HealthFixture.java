package dev.srun;

import java.util.concurrent.Callable;

/** A service that is checked, and whose check a test scripts and can replace while it runs. */
final class HealthFixture extends Fixture implements HealthChecked {
  private volatile Callable<Health> check;
  private volatile Context context;

  HealthFixture(String name, FakeHost host, Journal journal, Callable<Health> check) {
    super(name, host, journal);
    this.check = check;
  }

  /** From here on the check does that. */
  void answers(Callable<Health> next) {
    check = next;
  }

  HealthChannel health() {
    return context.health();
  }

  @Override
  public void init(Context ctx) throws Exception {
    context = ctx;
    super.init(ctx);
  }

  @Override
  public Health check() throws Exception {
    return check.call();
  }
}
