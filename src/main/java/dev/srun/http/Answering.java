package dev.srun.http;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Takes requests over from the dispatcher of a server and has them answered on threads of the
 * service. A request is in flight from the moment it is taken over, also while it waits for a
 * thread; one that finds no room is refused, and then jdk.httpserver closes its connection.
 */
final class Answering implements Executor, AutoCloseable {

  /** How many requests may wait for one of the platform threads. */
  static final int WAITING = 1_000;

  private final ExecutorService threads;
  private final TimeLimits limits;
  private final Runnable begin;
  private final Runnable end;

  Answering(ExecutorService threads, TimeLimits limits, Runnable begin, Runnable end) {
    this.threads = threads;
    this.limits = limits;
    this.begin = begin;
    this.end = end;
  }

  /** A thread for each request. */
  static ExecutorService virtualThreads(ThreadFactory factory) {
    return Executors.newThreadPerTaskExecutor(factory);
  }

  /** So many platform threads at most. */
  static ExecutorService platformThreads(ThreadFactory factory, int most) {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            most, most, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(WAITING), factory);
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  @Override
  public void execute(Runnable request) {
    begin.run();
    try {
      limits.hurry();
      threads.execute(() -> answer(request));
    } catch (Throwable refused) {
      end.run();
      throw refused;
    }
  }

  private void answer(Runnable request) {
    RequestLimit limit = limits.begin();
    try {
      request.run();
    } finally {
      limits.end(limit);
      end.run();
    }
  }

  /** Interrupts what is being answered; what waits is not answered any more. */
  @Override
  public void close() {
    threads.shutdownNow().forEach(unanswered -> end.run());
    limits.close();
  }
}
