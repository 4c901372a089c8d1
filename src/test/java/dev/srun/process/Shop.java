package dev.srun.process;

import dev.srun.Context;
import dev.srun.Health;
import dev.srun.HealthChecked;
import dev.srun.Service;
import dev.srun.Srun;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.LongCounter;

/** Two services that count on their own; once what they count is there it says so on stdout. */
final class Shop implements Service, HealthChecked {
  static final String COUNTED = "counted";

  public static void main(String[] args) {
    Srun.runOrExit(
        "shop",
        app -> {
          app.service("orders", new Shop());
          app.service("returns", new Shop()).dependsOn("orders");
          app.init("counted", ctx -> System.out.println(COUNTED));
        });
  }

  @Override
  public void run(Context ctx) {
    LongCounter counter =
        ctx.meter()
            .counterBuilder("shop.items")
            .setUnit("{item}")
            .setDescription("Items handled.")
            .build();
    DoubleHistogram histogram =
        ctx.meter()
            .histogramBuilder("shop.packing.duration")
            .setUnit("s")
            .setDescription("How long packing took.")
            .build();
    counter.add(3, Attributes.of(AttributeKey.stringKey("kind"), "a \"quoted\" one"));
    histogram.record(0.2);
  }

  @Override
  public Health check() {
    return Health.healthy();
  }
}
