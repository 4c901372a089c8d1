package dev.srun.bench.services;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** A bare virtual thread for each service, started and joined in order. */
final class BareThreads implements Sequence {
  private final List<Worker> workers;
  private final List<Thread> threads;

  BareThreads(List<Worker> workers) {
    this.workers = workers;
    this.threads = new ArrayList<>(workers.size());
  }

  @Override
  public void start() throws InterruptedException {
    for (Worker worker : workers) {
      CountDownLatch ready = new CountDownLatch(1);
      threads.add(
          Thread.ofVirtual()
              .start(() -> {
                ready.countDown();
                worker.run();
              }));
      ready.await();
    }
  }

  @Override
  public void stop() throws InterruptedException {
    for (int i = workers.size() - 1; i >= 0; i--) {
      workers.get(i).stop();
      threads.get(i).join();
    }
  }
}
