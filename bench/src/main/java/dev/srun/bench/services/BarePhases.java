package dev.srun.bench.services;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * Init, run, ready and stop of each service on virtual threads, waited for in order: the work of
 * srun without what srun is for.
 */
final class BarePhases implements Sequence {

  /** Where a service's init is called. */
  enum Init {
    OWN_THREAD,
    THREAD_OF_RUN
  }

  private final List<Worker> workers;
  private final Init init;
  private final List<Thread> runs;

  BarePhases(List<Worker> workers, Init init) {
    this.workers = workers;
    this.init = init;
    this.runs = new ArrayList<>(workers.size());
  }

  @Override
  public void start() throws InterruptedException {
    for (Worker worker : workers) {
      CountDownLatch ready = new CountDownLatch(1);
      runs.add(initThenRun(worker, ready));
      Thread.ofVirtual().start(() -> Sequence.await(ready)).join();
    }
  }

  private Thread initThenRun(Worker worker, CountDownLatch ready) throws InterruptedException {
    Runnable run =
        () -> {
          ready.countDown();
          worker.run();
        };
    if (init == Init.OWN_THREAD) {
      Thread.ofVirtual().start(worker::init).join();
      return Thread.ofVirtual().start(run);
    }
    CountDownLatch initialized = new CountDownLatch(1);
    Thread thread =
        Thread.ofVirtual()
            .start(() -> {
              worker.init();
              initialized.countDown();
              run.run();
            });
    initialized.await();
    return thread;
  }

  @Override
  public void stop() throws InterruptedException {
    for (int i = workers.size() - 1; i >= 0; i--) {
      Thread.ofVirtual().start(workers.get(i)::stop).join();
      runs.get(i).join();
    }
  }
}
