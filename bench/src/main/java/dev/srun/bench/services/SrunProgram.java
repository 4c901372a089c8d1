package dev.srun.bench.services;

import dev.srun.Config;
import dev.srun.Context;
import dev.srun.Running;
import dev.srun.Service;
import dev.srun.Srun;
import java.util.List;
import java.util.function.Function;

/** A program without the services that srun would add. It is registered while it is started. */
final class SrunProgram implements Sequence {
  private final List<Service> services;
  private Running program;

  SrunProgram(List<Worker> workers, Function<Worker, Service> service) {
    this.services = workers.stream().map(service).toList();
  }

  @Override
  public void start() {
    program =
        Srun.start(
            Config.named("bench").withoutAdmin().withoutTelemetry(),
            app -> {
              int number = 0;
              for (Service service : services) {
                app.service("s" + number++, service);
              }
            });
  }

  @Override
  public void stop() {
    program.close();
  }

  /** Every phase is implemented; run goes on until stop lets it return. */
  record EveryPhase(Worker worker) implements Service {
    @Override
    public void init(Context ctx) {
      worker.init();
    }

    @Override
    public void run(Context ctx) throws InterruptedException {
      ctx.ready();
      worker.work();
    }

    @Override
    public void ready(Context ctx) throws InterruptedException {
      ctx.awaitReady();
    }

    @Override
    public void stop(Context ctx) {
      worker.stop();
    }
  }

  /** Only a run that goes on until it is interrupted. */
  record RunOnly(Worker worker) implements Service {
    @Override
    public void run(Context ctx) throws InterruptedException {
      ctx.ready();
      worker.work();
    }
  }
}
