package dev.srun.bench;

import dev.srun.Config;
import dev.srun.Context;
import dev.srun.Health;
import dev.srun.HealthSource;
import dev.srun.Running;
import dev.srun.Service;
import dev.srun.ServiceHealth;
import dev.srun.Srun;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** A program with one service that reports and one service for each subscriber. */
final class SrunBus implements Bus {
  private static final String PUBLISHER = "publisher";

  private final Running program;
  private final Context publisher;

  SrunBus(List<Consumer<Health>> subscribers) {
    CompletableFuture<Context> running = new CompletableFuture<>();
    program =
        Srun.start(
            Config.named("bench").withoutAdmin().withoutTelemetry(),
            app -> {
              app.service(PUBLISHER, running::complete);
              for (int i = 0; i < subscribers.size(); i++) {
                app.service("s" + i, new Subscriber(subscribers.get(i)));
              }
            });
    publisher = running.join();
  }

  @Override
  public void publish(Health health) {
    publisher.health().report(health);
  }

  @Override
  public void close() {
    program.close();
  }

  private record Subscriber(Consumer<Health> consumer) implements Service {
    @Override
    public void run(Context ctx) {
      ctx.health().subscribe(PUBLISHER, this::changed);
    }

    /** Leaves out how the publisher was before it published anything. */
    private void changed(ServiceHealth health) {
      if (health.source() == HealthSource.PUSH) {
        consumer.accept(health.own());
      }
    }
  }
}
