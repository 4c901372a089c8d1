package dev.srun.http;

import dev.srun.ServiceThreads;
import dev.srun.http.RequestLimit.GivenUp;
import dev.srun.http.RequestLimit.Handling;
import dev.srun.http.RequestLimit.LeftAlone;
import dev.srun.http.RequestLimit.Reading;
import dev.srun.http.RequestLimit.Stage;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * The requests of a listener that are being answered, and the thread that ends what takes too long:
 * it interrupts the request's thread, upon which a channel closes that this thread is blocked in.
 *
 * <p>The watcher sleeps until the earliest deadline it knows of. Those of heads come in order, so
 * that a busy listener wakes it once in the limit of a head and not once for each request; an idle
 * listener does not wake it at all. While requests wait for a thread it looks more often, since
 * clients that hold one by sending slowly are to hurry then.
 */
final class TimeLimits implements Runnable, AutoCloseable {
  static final long NEVER = Long.MAX_VALUE;

  /**
   * How long a client may take to send while other requests wait for a thread. A head comes as one
   * packet from whoever means well: this is room for one that was lost on its way and sent again,
   * and short enough for a probe behind a crowd.
   */
  static final Duration HURRIED = Duration.ofMillis(250);

  /** How late a limit may be noticed, so that a crowd of them is looked through once. */
  private static final long GRAIN_NANOS = 20_000_000;

  /** What a longer limit counts as. */
  private static final Duration LONGEST = Duration.ofDays(10_000);

  private final Logger logger;
  private final Duration readWithin;
  private final InFlight inFlight;
  private final int most;
  private final ConcurrentHashMap<Thread, RequestLimit> running = new ConcurrentHashMap<>();
  private final long origin = System.nanoTime();
  private final AtomicLong wakeAt = new AtomicLong(NEVER);
  private final ThreadFactory threads;
  private final Thread watcher;
  private volatile boolean closed;

  /**
   * Limits what a listener answers.
   *
   * @param readWithin how long a head may take, and the rest of a request once it is answered
   * @param inFlight how many there are
   * @param most how many have a thread; 0 where all have. {@link #hurry} is called where one may
   *     have to wait for it
   */
  TimeLimits(
      Logger logger,
      ServiceThreads threads,
      String name,
      Duration readWithin,
      InFlight inFlight,
      int most) {
    this.logger = logger;
    this.readWithin = readWithin;
    this.inFlight = inFlight;
    this.most = most;
    this.threads = threads.platform(name + "-limits");
    this.watcher = this.threads.newThread(this);
  }

  void start() {
    watcher.start();
  }

  /** This thread takes a request up. */
  RequestLimit begin() {
    RequestLimit limit = new RequestLimit(this, reading());
    running.put(limit.thread(), limit);
    watch(limit.deadline());
    return limit;
  }

  /** This thread is done with it. */
  void end(RequestLimit limit) {
    limit.end();
    running.remove(limit.thread());
    Thread.interrupted(); // an interrupt that was meant for this request, or that its handler left
  }

  RequestLimit ofThisThread() {
    return Objects.requireNonNull(
        running.get(Thread.currentThread()), "handlers run where the listener's executor runs");
  }

  private long now() {
    return System.nanoTime() - origin;
  }

  long after(Duration limit) {
    return now() + (limit.compareTo(LONGEST) < 0 ? limit : LONGEST).toNanos();
  }

  Reading reading() {
    long deadline = after(readWithin);
    return new Reading(Math.min(after(HURRIED), deadline), deadline);
  }

  /** When a request has been in a stage for too long, as things are now. */
  long deadline(Stage stage) {
    return stage instanceof Reading reading && isCrowded() ? reading.hurried() : stage.deadline();
  }

  void gaveUpReading() {
    logger.log(Level.DEBUG, "a client sent no whole request in time");
  }

  static String text(Duration limit) {
    return limit.toString().substring("PT".length()).toLowerCase(java.util.Locale.ROOT);
  }

  /** Has the watcher look at that moment at the latest. */
  void watch(long deadline) {
    if (bringForward(deadline) > deadline) {
      LockSupport.unpark(watcher);
    }
  }

  /** Returns when the watcher would have woken without it. */
  private long bringForward(long deadline) {
    long before = wakeAt.get();
    while (deadline < before && !wakeAt.compareAndSet(before, deadline)) {
      before = wakeAt.get();
    }
    return before;
  }

  /** One more request is there: if it has to wait, the watcher soon looks who holds the threads. */
  void hurry() {
    if (isCrowded()) {
      watch(after(HURRIED));
    }
  }

  private boolean isCrowded() {
    return most > 0 && inFlight.count() > most;
  }

  /** What the watcher does. */
  @Override
  public void run() {
    while (!closed && !Thread.currentThread().isInterrupted()) {
      wakeAt.set(NEVER); // before looking: who begins after this wakes the watcher by itself
      long now = now();
      long next = NEVER;
      for (RequestLimit request : running.values()) {
        Stage stage = request.overdue(now);
        if (stage != null) {
          end(request, stage);
        }
        next = Math.min(next, request.deadline());
      }
      sleepUntil(Math.min(bringForward(next), next), now + GRAIN_NANOS);
    }
  }

  private void sleepUntil(long next, long earliest) {
    if (next == NEVER) {
      LockSupport.park(this);
    } else {
      LockSupport.parkNanos(this, Math.max(next, earliest) - now());
    }
  }

  private void end(RequestLimit request, Stage stage) {
    switch (stage) {
      case GivenUp late when late.stage() instanceof Handling handling ->
          apart(() -> {
            request.interrupt(late);
            logger.log(
                Level.WARNING,
                "{0} has passed its limit of {1} and is interrupted",
                handling.route(),
                limit(handling));
          });
      case GivenUp late -> request.interrupt(late);
      case LeftAlone alone when alone.since().stage() instanceof Handling handling ->
          apart(() ->
              logger.log(
                  Level.WARNING,
                  "{0} goes on {1} after it was interrupted at its limit of {2}; it is left alone",
                  handling.route(),
                  text(RequestLimit.LINGER),
                  limit(handling)));
      case LeftAlone alone -> {}
      case Reading inTime -> {}
      case Handling inTime -> {}
    }
  }

  private static String limit(Handling handling) {
    return text(Objects.requireNonNull(handling.limit(), handling.route()));
  }

  /**
   * An interrupt closes what the thread is blocked in, and a log may hang: neither stops others.
   */
  private void apart(Runnable action) {
    try {
      threads.newThread(action).start();
    } catch (IllegalStateException | OutOfMemoryError noThread) {
      action.run();
    }
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(watcher);
  }
}
