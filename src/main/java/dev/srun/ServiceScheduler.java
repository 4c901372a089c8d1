package dev.srun;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.RunnableScheduledFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A scheduler of a service: one thread, which ends with the service. What a task throws is logged
 * and counted, and a periodic task is run again all the same.
 */
final class ServiceScheduler extends ScheduledThreadPoolExecutor {

  /** How often at most one periodic task is logged with a stack trace. */
  private static final long PAUSE_NANOS = 1_000_000_000;

  private final String name;
  private final Slot slot;
  private final Program program;
  private final AtomicLong thrown = new AtomicLong();

  /** The thread while it is in a task. */
  private volatile @Nullable Thread running;

  ServiceScheduler(String name, Slot slot, Program program, ThreadFactory threads) {
    super(1, threads);
    this.name = name;
    this.slot = slot;
    this.program = program;
    setRemoveOnCancelPolicy(true);
    setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  // Tasks

  @Override
  public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
    requireTask(task);
    requireUnit(unit);
    return super.schedule(task, delay, unit);
  }

  @Override
  public <V> ScheduledFuture<V> schedule(Callable<V> task, long delay, TimeUnit unit) {
    requireTask(task);
    requireUnit(unit);
    return super.schedule(task, delay, unit);
  }

  @Override
  public ScheduledFuture<?> scheduleAtFixedRate(
      Runnable task, long initialDelay, long period, TimeUnit unit) {
    return super.scheduleAtFixedRate(periodic(task, unit), initialDelay, period, unit);
  }

  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(
      Runnable task, long initialDelay, long delay, TimeUnit unit) {
    return super.scheduleWithFixedDelay(periodic(task, unit), initialDelay, delay, unit);
  }

  private Periodic periodic(Runnable task, TimeUnit unit) {
    requireTask(task);
    requireUnit(unit);
    return new Periodic(task);
  }

  private void requireTask(@Nullable Object task) {
    slot.requireGiven(task, "a task of scheduler '" + name + "'");
  }

  private void requireUnit(@Nullable Object unit) {
    slot.requireGiven(unit, "the time unit of a task of scheduler '" + name + "'");
  }

  @Override
  protected <V> RunnableScheduledFuture<V> decorateTask(
      Runnable task, RunnableScheduledFuture<V> future) {
    if (task instanceof Periodic its) {
      its.future = future;
    }
    return future;
  }

  @Override
  protected void beforeExecute(Thread thread, Runnable task) {
    running = thread;
  }

  /** A single run is judged by its future, which knows whether it was cancelled. */
  @Override
  protected void afterExecute(Runnable task, @Nullable Throwable error) {
    running = null;
    if (task instanceof RunnableScheduledFuture<?> future
        && !future.isPeriodic()
        && future.state() == Future.State.FAILED) {
      threw(future.exceptionNow(), "a task of scheduler '" + name + "' threw", true);
    }
  }

  /** A periodic task, of which no throw ends the schedule. */
  private final class Periodic implements Runnable {
    private final Runnable task;
    private volatile @Nullable Future<?> future;
    private long times;
    private long saidAt;

    Periodic(Runnable task) {
      this.task = task;
    }

    @Override
    public void run() {
      try {
        task.run();
      } catch (Throwable e) {
        try {
          threw(e);
        } catch (Throwable noWords) {
          thrown.incrementAndGet(); // for want of memory, say; the schedule goes on all the same
        }
      }
    }

    private void threw(Throwable e) {
      Future<?> its = future;
      if (its != null && its.isCancelled() && Thrown.causeEndsWait(e)) {
        return; // cancelled with an interrupt, as it was meant
      }
      times++;
      long now = program.host().nanoTime();
      boolean says = times == 1 || now - saidAt >= PAUSE_NANOS;
      saidAt = says ? now : saidAt;
      ServiceScheduler.this.threw(
          e,
          "a periodic task of scheduler '"
              + name
              + "' threw; its schedule goes on (throws so far: "
              + times
              + ")",
          says);
    }
  }

  private void threw(Throwable e, String line, boolean says) {
    if (e instanceof OutOfMemoryError) {
      program.releaseMemory();
    }
    if (isExpected(e)) {
      say(Level.DEBUG, line, e);
      return;
    }
    long count = thrown.incrementAndGet();
    slot.context().describe("failed runs of scheduler '" + name + "'", count);
    if (says) {
      say(Level.ERROR, line, e);
    }
  }

  /** The answer to the interrupt by which the service is closed. */
  private boolean isExpected(Throwable e) {
    return isShutdown() && slot.isStopping() && Thrown.causeEndsWait(e);
  }

  private void say(Level level, String line, @Nullable Throwable e) {
    if (program.log().isLoggable(level)) {
      LogDetail detail = e == null ? null : new LogDetail.Thrown(Failures.text(e));
      program.log().say(level, program.loggerName(slot), line, detail);
    }
  }

  // The end

  /**
   * Begins no more runs. A run that has begun may take nine tenths of {@link Context#remaining()};
   * then it is interrupted, which is a failure, since work was cut off. While the service is not
   * being stopped there is no such limit, as with any other executor.
   */
  @Override
  public void close() {
    sayWhatIsDropped();
    shutdown();
    Duration left = slot.context().remaining();
    Duration wait = left.minus(left.dividedBy(10));
    boolean interrupted = false;
    try {
      if (awaitTermination(wait.toNanos(), TimeUnit.NANOSECONDS)) {
        return;
      }
      sayWhatIsCutOff(wait);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    shutdownNow();
    try {
      awaitTermination(StopSequence.AFTER_INTERRUPT.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void sayWhatIsDropped() {
    int dropped = 0;
    for (Runnable each : getQueue()) {
      if (each instanceof RunnableScheduledFuture<?> future
          && !future.isPeriodic()
          && future.getDelay(TimeUnit.NANOSECONDS) > 0) {
        dropped++;
      }
    }
    if (dropped > 0 && !isShutdown()) {
      String line =
          "scheduler '" + name + "' is closed; delayed tasks that are not run: " + dropped;
      say(Level.INFO, line, null);
    }
  }

  private void sayWhatIsCutOff(Duration wait) {
    Thread thread = running;
    if (thread == null) {
      return;
    }
    String line =
        "a task of scheduler '"
            + name
            + "' did not end within "
            + Durations.text(wait)
            + " and was interrupted";
    TimeoutException error = new TimeoutException(line);
    error.setStackTrace(thread.getStackTrace());
    program.post(new Event.Threw(slot, Thrown.of(slot, Phase.CLOSE, error, true)));
  }
}
