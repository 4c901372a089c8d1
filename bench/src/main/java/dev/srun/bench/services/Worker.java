package dev.srun.bench.services;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

/** What every service does, whoever runs it: nothing, until it is stopped or interrupted. */
final class Worker implements Runnable {
  private final CountDownLatch stopped = new CountDownLatch(1);
  private volatile boolean begun;
  private volatile boolean working;

  static List<Worker> many(int services) {
    return Stream.generate(Worker::new).limit(services).toList();
  }

  /** The service's init, where there is one. */
  void init() {
    begun = true;
  }

  /** The service's run. */
  void work() throws InterruptedException {
    begun = true;
    working = true;
    try {
      stopped.await();
    } finally {
      working = false;
    }
  }

  /** The same as the body of a thread. */
  @Override
  public void run() {
    try {
      work();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Lets the run return. */
  void stop() {
    stopped.countDown();
  }

  /** That it was begun and is over: leaving services out would be fast. */
  void check() {
    if (!begun || working) {
      throw new IllegalStateException("a service was left out, or has not ended");
    }
  }
}
