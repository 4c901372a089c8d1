package dev.srun.bench.services;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.support.DefaultLifecycleProcessor;

/**
 * Spring's DefaultLifecycleProcessor alone, without a context around it. Each bean has a phase of
 * its own, so that they start one after the other and stop in reverse, on the thread that asks for
 * it. It has a limit for the stop of each phase and none for its start; where a start fails it
 * throws, and what has started is the caller's to stop. It has nothing that it could call run or
 * ready: each bean starts a virtual thread and waits until that runs. The factory is made and the
 * beans are registered before, which is not timed; that it looks for them there is. Each phase that
 * it stops goes over all beans that are left, so a program of N phases takes N² of that.
 */
final class SpringBeans implements Sequence {
  private final DefaultLifecycleProcessor processor = new DefaultLifecycleProcessor();

  SpringBeans(List<Worker> workers) {
    DefaultListableBeanFactory factory = new DefaultListableBeanFactory();
    for (int i = 0; i < workers.size(); i++) {
      factory.registerSingleton("s" + i, new Bean(workers.get(i), i));
    }
    processor.setBeanFactory(factory);
  }

  @Override
  public void start() {
    processor.start();
  }

  @Override
  public void stop() {
    processor.stop();
  }

  private static final class Bean implements SmartLifecycle {
    private final Worker worker;
    private final int phase;
    private Thread run;

    Bean(Worker worker, int phase) {
      this.worker = worker;
      this.phase = phase;
    }

    @Override
    public void start() {
      worker.init();
      CountDownLatch ready = new CountDownLatch(1);
      run =
          Thread.ofVirtual()
              .start(() -> {
                ready.countDown();
                worker.run();
              });
      Sequence.await(ready);
    }

    @Override
    public void stop() {
      worker.stop();
      try {
        run.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public boolean isRunning() {
      return run != null && run.isAlive();
    }

    @Override
    public int getPhase() {
      return phase;
    }
  }
}
