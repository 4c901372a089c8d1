package dev.srun.bench.services;

import com.google.common.util.concurrent.AbstractExecutionThreadService;
import com.google.common.util.concurrent.ServiceManager;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * Guava's ServiceManager, which starts and stops all services at once and counts one as ready when
 * its start-up has returned; one that is stopped before its run was entered does without it. It
 * waits as long as it takes, and leaves the others running where one has failed. The manager is
 * made while it is started.
 */
final class GuavaServices implements Sequence {
  private final List<Worked> services;
  private ServiceManager manager;

  GuavaServices(List<Worker> workers, Executor executor) {
    this.services = workers.stream().map(worker -> new Worked(worker, executor)).toList();
  }

  @Override
  public void start() {
    manager = new ServiceManager(services);
    manager.startAsync().awaitHealthy();
  }

  @Override
  public void stop() {
    manager.stopAsync().awaitStopped();
  }

  /** Start-up and run share a thread of the executor. */
  private static final class Worked extends AbstractExecutionThreadService {
    private final Worker worker;
    private final Executor executor;

    Worked(Worker worker, Executor executor) {
      this.worker = worker;
      this.executor = executor;
    }

    @Override
    protected Executor executor() {
      return executor;
    }

    @Override
    protected void startUp() {
      worker.init();
    }

    @Override
    protected void run() throws InterruptedException {
      worker.work();
    }

    @Override
    protected void triggerShutdown() {
      worker.stop();
    }
  }
}
