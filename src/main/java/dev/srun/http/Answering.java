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

  private final String listener;
  private final ExecutorService threads;
  private final TimeLimits limits;
  private final InFlight inFlight;
  private boolean dispatcherIsNamed;

  /**
   * Takes requests over.
   *
   * @param listener the name of the listener, which its dispatcher is named after
   * @param inFlight counts them
   */
  Answering(String listener, ExecutorService threads, TimeLimits limits, InFlight inFlight) {
    this.listener = listener;
    this.threads = threads;
    this.limits = limits;
    this.inFlight = inFlight;
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
    nameDispatcher();
    inFlight.enter();
    try {
      limits.hurry();
      threads.execute(new Request(request));
    } catch (Throwable refused) {
      inFlight.leave();
      throw refused;
    }
  }

  /**
   * All dispatchers of jdk.httpserver are called the same. With the listener's name a thread dump
   * tells them apart, and so does what slows them down when no file descriptor is left.
   */
  private void nameDispatcher() {
    if (!dispatcherIsNamed) { // used by that thread alone
      dispatcherIsNamed = true;
      Thread dispatcher = Thread.currentThread();
      dispatcher.setName(dispatcher.getName() + " " + listener);
    }
  }

  /** One that waits for its thread, and then has it. */
  private final class Request implements Runnable {
    private final Runnable request;

    Request(Runnable request) {
      this.request = request;
    }

    @Override
    public void run() {
      RequestLimit limit = limits.begin();
      try {
        request.run();
      } finally {
        limits.end(limit);
        inFlight.leave();
      }
    }
  }

  /** Interrupts what is being answered; what waits is not answered any more. */
  @Override
  public void close() {
    int unanswered = threads.shutdownNow().size();
    for (int i = 0; i < unanswered; i++) {
      inFlight.leave();
    }
    limits.close();
  }
}
