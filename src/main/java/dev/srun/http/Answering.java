package dev.srun.http;

import dev.srun.Context;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
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
  private final Runnable begin;
  private final Runnable end;

  private Answering(ExecutorService threads, Runnable begin, Runnable end) {
    this.threads = threads;
    this.begin = begin;
    this.end = end;
  }

  /** Answers each request on a virtual thread of its own. */
  static Answering onVirtualThreads(Context context, String name, Runnable begin, Runnable end) {
    return new Answering(
        Executors.newThreadPerTaskExecutor(context.threads().virtual(name)), begin, end);
  }

  /** Answers on so many platform threads. */
  static Answering onPlatformThreads(
      Context context, String name, int most, Runnable begin, Runnable end) {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            most,
            most,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(WAITING),
            context.threads().platform(name));
    pool.allowCoreThreadTimeOut(true);
    return new Answering(pool, begin, end);
  }

  @Override
  public void execute(Runnable request) {
    begin.run();
    try {
      threads.execute(() -> answer(request));
    } catch (Throwable refused) {
      end.run();
      throw refused;
    }
  }

  private void answer(Runnable request) {
    try {
      request.run();
    } finally {
      end.run();
    }
  }

  /** Interrupts what is being answered; what waits is not answered any more. */
  @Override
  public void close() {
    threads.shutdownNow().forEach(unanswered -> end.run());
  }
}
