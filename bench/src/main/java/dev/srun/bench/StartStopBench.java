package dev.srun.bench;

import com.google.common.util.concurrent.AbstractExecutionThreadService;
import com.google.common.util.concurrent.ServiceManager;
import dev.srun.Config;
import dev.srun.Context;
import dev.srun.Running;
import dev.srun.Service;
import dev.srun.Srun;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
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
import org.openjdk.jmh.annotations.Warmup;

/**
 * How long it takes to start a program of N services and to stop it again. Divide by N for the time
 * per service: the score is for the whole program.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 8, time = 1)
@Measurement(iterations = 10, time = 1)
@Fork(value = 2, jvmArgsAppend = "--enable-preview")
public class StartStopBench {

  @Param({"10", "100", "1000", "10000"})
  int services;

  /** Keeps every runner's words away from the console, as a program with its own logging does. */
  @Setup
  public void quiet() {
    Logger.getLogger("").setLevel(Level.WARNING);
  }

  /** Every phase is implemented; run goes on until stop lets it return. */
  static final class EveryPhase implements Service {
    private final CountDownLatch stopped = new CountDownLatch(1);
    private int calls;

    @Override
    public void init(Context ctx) {
      calls++;
    }

    @Override
    public void run(Context ctx) throws InterruptedException {
      calls++;
      ctx.ready();
      stopped.await();
    }

    @Override
    public void ready(Context ctx) throws InterruptedException {
      ctx.awaitReady();
    }

    @Override
    public void stop(Context ctx) {
      stopped.countDown();
    }
  }

  /** Only a run that goes on until it is interrupted. */
  static final class RunOnly implements Service {
    @Override
    public void run(Context ctx) throws InterruptedException {
      ctx.ready();
      new CountDownLatch(1).await();
    }
  }

  /** srun, services that implement every phase. */
  @Benchmark
  public void srunEveryPhase() {
    try (Running program =
        Srun.start(
            Config.named("bench").withoutAdmin().withoutTelemetry(),
            app -> {
              for (int i = 0; i < services; i++) {
                app.service("s" + i, new EveryPhase());
              }
            })) {
      program.status();
    }
  }

  /** srun, services that have a run and nothing else. */
  @Benchmark
  public void srunRunOnly() {
    try (Running program =
        Srun.start(
            Config.named("bench").withoutAdmin().withoutTelemetry(),
            app -> {
              for (int i = 0; i < services; i++) {
                app.service("s" + i, new RunOnly());
              }
            })) {
      program.status();
    }
  }

  /**
   * The floor: a bare virtual thread each, started, stopped and joined in order, by another one.
   */
  @Benchmark
  public void bareVirtualThreads() throws InterruptedException {
    Thread.ofVirtual().start(this::startAndStopBare).join();
  }

  private void startAndStopBare() {
    List<Thread> threads = new ArrayList<>(services);
    List<CountDownLatch> stops = new ArrayList<>(services);
    try {
      for (int i = 0; i < services; i++) {
        CountDownLatch ready = new CountDownLatch(1);
        CountDownLatch stop = new CountDownLatch(1);
        stops.add(stop);
        threads.add(
            Thread.ofVirtual()
                .start(() -> {
                  ready.countDown();
                  try {
                    stop.await();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                }));
        ready.await();
      }
      for (int i = services - 1; i >= 0; i--) {
        stops.get(i).countDown();
        threads.get(i).join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Guava's ServiceManager, virtual executors: all at once, without order or limits. */
  @Benchmark
  public void guavaVirtual() {
    startAndStopGuava(body -> Thread.ofVirtual().start(body));
  }

  /** Guava's ServiceManager as it comes: a platform thread each. */
  @Benchmark
  public void guavaPlatform() {
    startAndStopGuava(body -> Thread.ofPlatform().daemon().start(body));
  }

  private void startAndStopGuava(Executor executor) {
    List<GuavaService> all = new ArrayList<>(services);
    for (int i = 0; i < services; i++) {
      all.add(new GuavaService(executor));
    }
    ServiceManager manager = new ServiceManager(all);
    manager.startAsync().awaitHealthy();
    manager.stopAsync().awaitStopped();
  }

  /** The same service for Guava. */
  static final class GuavaService extends AbstractExecutionThreadService {
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Executor executor;

    GuavaService(Executor executor) {
      this.executor = executor;
    }

    @Override
    protected Executor executor() {
      return executor;
    }

    @Override
    protected void run() throws InterruptedException {
      stopped.await();
    }

    @Override
    protected void triggerShutdown() {
      stopped.countDown();
    }
  }
}
