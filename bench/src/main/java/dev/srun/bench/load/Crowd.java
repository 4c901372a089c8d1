package dev.srun.bench.load;

import dev.srun.Config;
import dev.srun.Context;
import dev.srun.Health;
import dev.srun.HealthChecked;
import dev.srun.Service;
import dev.srun.Srun;

/** A program of as many services as it is told, each with a check, whose probes are asked. */
public final class Crowd {
  private Crowd() {}

  /** Runs until it is told to stop. */
  public static void main(String[] args) {
    int services = Integer.parseInt(args[0]);
    Srun.runOrExit(
        Config.named("crowd"),
        app -> {
          for (int i = 0; i < services; i++) {
            app.service("service-" + i, new Idle());
          }
        });
  }

  private static final class Idle implements Service, HealthChecked {
    @Override
    public void run(Context ctx) {}

    @Override
    public Health check() {
      return Health.healthy();
    }
  }
}
