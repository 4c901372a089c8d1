package dev.srun.http;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * How long one request may keep its thread. The stage it is in moves by compare-and-set: either its
 * thread goes on to the next one in time, or the request is given up and its thread waits for the
 * interrupt before it goes on, so that none hits what the thread does next.
 *
 * <p>{@link #overdue} and {@link #interrupt} are called by the watcher, all else by the thread of
 * the request.
 */
final class RequestLimit {

  /** How long after its interrupt a handler may take to end. */
  static final Duration LINGER = Duration.ofSeconds(5);

  /** Where a request stands, and when that has taken too long. */
  sealed interface Stage {
    long deadline();
  }

  /**
   * Between the server and the client: a head is read, or what is left of a request.
   *
   * @param hurried the deadline as long as other requests wait for a thread
   */
  record Reading(long hurried, long deadline) implements Stage {
    static final Reading UNLIMITED = new Reading(TimeLimits.NEVER, TimeLimits.NEVER);
  }

  /** With a handler; no limit where the route has none. */
  record Handling(String route, @Nullable Duration limit, long deadline) implements Stage {}

  /** Too late: the thread is being interrupted. */
  record GivenUp(Stage stage, CountDownLatch interrupted, long deadline) implements Stage {}

  /** The thread goes on in spite of its interrupt. */
  record LeftAlone(GivenUp since) implements Stage {
    @Override
    public long deadline() {
      return TimeLimits.NEVER;
    }
  }

  private final Thread thread = Thread.currentThread();
  private final TimeLimits limits;
  private final AtomicReference<Stage> stage;
  private @Nullable Duration passed;

  RequestLimit(TimeLimits limits, Reading head) {
    this.limits = limits;
    this.stage = new AtomicReference<>(head);
  }

  Thread thread() {
    return thread;
  }

  /** A handler may hand its exchange to other threads, which no limit interrupts. */
  boolean isOfThisThread() {
    return thread == Thread.currentThread();
  }

  long deadline() {
    return limits.deadline(stage.get());
  }

  /** The stage that follows from being too late, once; null where there is none. */
  @Nullable Stage overdue(long now) {
    Stage before = stage.get();
    if (now < limits.deadline(before)) {
      return null;
    }
    Stage after =
        before instanceof GivenUp late
            ? new LeftAlone(late)
            : new GivenUp(before, new CountDownLatch(1), lingers(before, now));
    return stage.compareAndSet(before, after) ? after : null;
  }

  private static long lingers(Stage before, long now) {
    return before instanceof Handling ? now + LINGER.toNanos() : TimeLimits.NEVER;
  }

  void interrupt(GivenUp givenUp) {
    thread.interrupt();
    givenUp.interrupted.countDown();
  }

  /** The head was read and goes to a handler; false if that came too late. */
  boolean handle(String route, @Nullable Duration limit) {
    long deadline = limit == null ? TimeLimits.NEVER : limits.after(limit);
    return moveTo(new Handling(route, limit, deadline));
  }

  /**
   * From here on the client only has to send what is left of its request and to take what is left
   * of the answer.
   *
   * @return what to {@linkplain #resume}, where the handler goes on after that
   */
  Stage finish() {
    settle();
    Stage before = stage.get();
    Stage last = limits.reading();
    if (last.deadline() < before.deadline()) {
      moveTo(last);
    }
    return before;
  }

  void resume(Stage before) {
    settle();
    if (!(before instanceof GivenUp)) {
      moveTo(before);
    }
  }

  /** The request is over: nobody interrupts the thread for its sake any more. */
  void end() {
    moveTo(Reading.UNLIMITED);
  }

  /** The limit of a route that the request has passed; null if it is in time. */
  @Nullable Duration passed() {
    return passed;
  }

  private boolean moveTo(Stage next) {
    Stage before = stage.get();
    boolean isLost = before instanceof GivenUp || before instanceof LeftAlone;
    if (isLost || !stage.compareAndSet(before, next)) {
      settle();
      return false;
    }
    limits.watch(limits.deadline(next));
    return true;
  }

  /** Takes note of having been given up, and of the interrupt; there is no limit after that. */
  private void settle() {
    switch (stage.get()) {
      case GivenUp late -> settle(late);
      case LeftAlone alone -> settle(alone.since);
      case Reading inTime -> {}
      case Handling inTime -> {}
    }
  }

  private void settle(GivenUp late) {
    awaitInterrupt(late.interrupted);
    if (late.stage instanceof Handling handling) {
      passed = handling.limit;
    } else {
      limits.gaveUpReading();
    }
    stage.set(Reading.UNLIMITED);
  }

  /** Waits for the interrupt, and clears it. */
  private static void awaitInterrupt(CountDownLatch interrupted) {
    boolean isOver = false;
    while (!isOver) {
      try {
        interrupted.await();
        isOver = true;
      } catch (InterruptedException thatInterrupt) {
        // and go on to where whoever sent it has let go of this thread
      }
    }
    Thread.interrupted();
  }
}
