package dev.srun.bench;

import dev.srun.Config;
import dev.srun.Health;
import dev.srun.Runner;
import dev.srun.RunnerStatus;
import dev.srun.Running;
import dev.srun.Srun;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What it takes to read the health of a program of N services, one of which is not well. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--enable-preview")
public class HealthReadBench {

  @Param({"1", "1000"})
  int services;

  private Running app;

  /** Starts the program. */
  @Setup
  public void start() {
    Logger.getLogger("").setLevel(Level.SEVERE);
    app =
        Srun.start(
            Config.named("read").withoutAdmin().withoutTelemetry().withoutSignals(),
            all -> {
              for (int i = 0; i < services; i++) {
                String name = "s" + i;
                all.service(
                    name,
                    ctx -> {
                      if (name.equals("s0")) {
                        ctx.health().report(Health.degraded("slow"));
                      }
                    });
              }
            });
  }

  /** Stops it. */
  @TearDown
  public void stop() {
    app.close();
  }

  /** {@link Runner#isLive}. */
  @Benchmark
  public boolean liveness() {
    return app.isLive();
  }

  /** {@link Runner#isReady}. */
  @Benchmark
  public boolean readiness() {
    return app.isReady();
  }

  /** {@link Runner#health}. */
  @Benchmark
  public Health health() {
    return app.health();
  }

  /** {@link Runner#status}, with every service. */
  @Benchmark
  public RunnerStatus status() {
    return app.status();
  }
}
