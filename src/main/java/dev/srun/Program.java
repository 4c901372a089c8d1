package dev.srun;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * What every thread may touch of one running program: its settings, its queue, its stop request,
 * its snapshots, and in the end its exit. Nothing here moves a state.
 */
final class Program implements Running {
  /** How long the supervisor may take from the exit to the end of its thread. */
  private static final Duration LAST_STEPS = Duration.ofSeconds(1);

  private final Settings settings;
  private final Host host;
  private final LogWriter log;
  private final boolean ownsProcess;
  private final BlockingQueue<Event> events;
  private final Instant startedAt;
  private final StopRequest request = new StopRequest();
  private final CompletableFuture<Boolean> started = new CompletableFuture<>();
  private final CompletableFuture<Exit> exit = new CompletableFuture<>();
  private volatile List<Slot> slots = List.of();
  private volatile boolean allRunning;
  private volatile boolean jvmIsShuttingDown;
  private volatile @Nullable Thread supervisor;

  Program(Settings settings, Host host, LogWriter log, boolean ownsProcess) {
    this.settings = settings;
    this.ownsProcess = ownsProcess;
    this.host = host;
    this.log = log;
    this.events = host.openQueue();
    this.startedAt = host.now();
  }

  Settings settings() {
    return settings;
  }

  Host host() {
    return host;
  }

  LogWriter log() {
    return log;
  }

  /** Whether the process ends with the program, under {@link Srun#runOrExit}. */
  boolean ownsProcess() {
    return ownsProcess;
  }

  /** Notes that someone else has begun the shutdown of the JVM. */
  void jvmIsShuttingDown() {
    jvmIsShuttingDown = true;
  }

  /** The code to halt with where shutdown hooks of others do not end. */
  int haltCode(Exit exit) {
    return jvmIsShuttingDown ? settings.exitCodes().forced() : exit.code();
  }

  /** When the process ends at the latest, once a stop was asked for. */
  long endsBy() {
    StopRequest.Asked asked = request.asked();
    long since = asked == null ? host.nanoTime() : asked.at();
    return since + settings.grace().plus(SignalReceiver.AFTER_GRACE).toNanos();
  }

  Instant startedAt() {
    return startedAt;
  }

  StopRequest request() {
    return request;
  }

  String loggerName(Slot slot) {
    return settings.program() + "." + slot.name();
  }

  /** Starts the supervisor of these services, on a virtual thread. */
  void start(List<List<Slot>> stages, Runnable supervise) {
    slots = stages.stream().flatMap(List::stream).toList();
    supervisor = Thread.ofVirtual().name("srun-supervisor").start(supervise);
  }

  /** Hands a message to the supervisor; never waits. */
  void post(Event event) {
    events.add(event);
  }

  /** Used by the supervisor. */
  Event takeEvent() throws InterruptedException {
    return events.take();
  }

  /** Fixes the cause, if this is the first, and wakes the supervisor. Any thread. */
  void askToStop(Cause cause) {
    request.ask(cause, host.nanoTime());
    post(Event.StopAsked.MESSAGE);
  }

  /** Every service is RUNNING. */
  void isUp() {
    allRunning = true;
    started.complete(true);
  }

  void hasEnded(Exit how) {
    started.complete(false);
    exit.complete(how);
  }

  boolean isReady() {
    return allRunning && request.asked() == null;
  }

  /** Whether the exit is there. */
  boolean isOver() {
    return exit.isDone();
  }

  @Override
  public RunnerStatus status() {
    StopRequest.Asked asked = request.asked();
    return new RunnerStatus(
        settings.program(),
        isReady(),
        asked == null ? null : asked.cause(),
        startedAt,
        slots.stream().map(Slot::status).toList());
  }

  @Override
  public void stop(String reason) {
    askToStop(new Cause.Asked(reason));
  }

  @Override
  public Exit await() throws InterruptedException {
    Exit how = get(exit);
    Thread thread = supervisor;
    if (how.stragglers().isEmpty() && thread != null) {
      thread.join(LAST_STEPS);
    }
    return how;
  }

  /** Waits for the end, but not for ever; an interrupt ends the wait. */
  void awaitEnd(Duration limit) {
    try {
      exit.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      log.warning("srun", "the stop has not ended within " + Durations.text(limit));
    } catch (ExecutionException e) {
      throw new IllegalStateException("never completed with an exception", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until every service is RUNNING; false if the program ended before. */
  boolean awaitUp() throws InterruptedException {
    return get(started);
  }

  @Override
  public void close() {
    stop("closed");
    awaitOrStop();
  }

  /** Waits for the end; an interrupt asks the program to stop and is kept for the caller. */
  Exit awaitOrStop() {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return await();
        } catch (InterruptedException e) {
          interrupted = true;
          stop("interrupted");
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static <T> T get(CompletableFuture<T> future) throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("never completed with an exception", e);
    }
  }
}
