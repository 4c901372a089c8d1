package dev.srun.http;

import dev.srun.Context;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

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
  private final @Nullable Context program;
  private boolean dispatcherIsNamed;

  /**
   * Takes requests over.
   *
   * @param listener the name of the listener, which its dispatcher is named after
   * @param inFlight counts them
   * @param program counts them as well; null for those that a program's drain need not wait for
   */
  Answering(
      String listener,
      ExecutorService threads,
      TimeLimits limits,
      InFlight inFlight,
      @Nullable Context program) {
    this.listener = listener;
    this.threads = threads;
    this.limits = limits;
    this.inFlight = inFlight;
    this.program = program;
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
    begin();
    try {
      limits.hurry();
      threads.execute(new Request(request));
    } catch (Throwable refused) {
      end();
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

  private void begin() {
    if (program != null) {
      program.beginWork();
    }
    inFlight.enter();
  }

  private void end() {
    inFlight.leave();
    if (program != null) {
      program.endWork();
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
        end();
      }
    }
  }

  /** Interrupts what is being answered; what waits is not answered any more. */
  @Override
  public void close() {
    int unanswered = threads.shutdownNow().size();
    for (int i = 0; i < unanswered; i++) {
      end();
    }
    limits.close();
  }
}
