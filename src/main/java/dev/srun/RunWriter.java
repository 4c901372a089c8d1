package dev.srun;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The one writer of a {@link BlackBox}, and the only one that touches its file: a parked platform
 * thread, since virtual ones may all be stuck when it matters most. It writes the newest report
 * when there is a new one, and again every second while the program is being stopped.
 */
final class RunWriter {
  private static final long BEAT_NANOS = 1_000_000_000L;

  /** When to try again where writing failed and no beat is due. */
  private static final long RETRY_NANOS = 60_000_000_000L;

  /** How often it is seen whether the run before, which has started this one, goes on. */
  private static final long LOOK_NANOS = 200_000_000L;

  /**
   * What is to be noted.
   *
   * @param asOf how far the run has come at a moment; called by the writer
   * @param beats whether that changes as time passes
   * @param last whether nothing comes after it
   */
  record Report(LongFunction<RunProgress> asOf, boolean beats, boolean last) {}

  private final StateFile file;
  private final String program;
  private final Machine machine;
  private final LogWriter log;
  private final Instant started;
  private final @Nullable Instant processStarted;
  private final Thread thread;
  private final CompletableFuture<@Nullable Void> opened = new CompletableFuture<>();
  private final AtomicReference<@Nullable Report> news = new AtomicReference<>();
  private volatile boolean closed;

  // Of the thread
  private Report report = new Report(now -> new RunProgress.Starting(), false, false);
  private long dueAt;
  private boolean complained;

  RunWriter(StateFile file, String program, Machine machine, LogWriter log) {
    this.file = file;
    this.program = program;
    this.machine = machine;
    this.log = log;
    this.started = machine.clock().instant();
    this.processStarted = machine.startOf().apply(machine.pid());
    this.thread = Thread.ofPlatform().name("srun-black-box").daemon().unstarted(this::write);
  }

  // Any thread

  /**
   * Starts the thread and waits until it has read the file.
   *
   * @return why the directory cannot be used; null also where that is not known within the limit
   */
  @Nullable Throwable start(Duration limit) {
    thread.start();
    try {
      opened.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException refused) {
      return refused.getCause();
    } catch (TimeoutException e) {
      if (opened.complete(null)) {
        log.warning(
            "srun",
            "%s: no answer within %s; going on without waiting for it"
                .formatted(file.path(), Durations.text(limit)));
      }
    } catch (InterruptedException e) {
      opened.complete(null);
      Thread.currentThread().interrupt();
    }
    return opened.isCompletedExceptionally() ? opened.exceptionNow() : null;
  }

  void report(Report newer) {
    news.updateAndGet(waiting -> waiting != null && waiting.last() ? waiting : newer);
    LockSupport.unpark(thread);
  }

  /** Has the thread write what is new and end; returns whether it has ended within the limit. */
  boolean end(Duration limit) {
    closed = true;
    LockSupport.unpark(thread);
    try {
      return thread.join(limit);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return !thread.isAlive();
    }
  }

  // The thread

  private void write() {
    boolean more;
    try {
      more = open();
    } finally {
      opened.complete(null);
    }
    dueAt = machine.nanoTime().getAsLong();
    if (more) {
      rehearse();
    }
    while (more) {
      boolean wasClosed = closed; // what was reported before that is still written
      long now = machine.nanoTime().getAsLong();
      Report newer = news.getAndSet(null);
      if (newer != null) {
        report = newer;
        dueAt = now;
      }
      if (!Alarm.before(now, dueAt)) {
        replace(now);
      }
      more = !wasClosed && !report.last();
      if (more) {
        pause();
      }
    }
  }

  /** Has loaded what the end needs before the end, which may be short of time and of memory. */
  private void rehearse() {
    Exit exit =
        new Exit(
            new Cause.Asked("rehearsal"),
            Outcome.CLEAN,
            0,
            List.of(),
            List.of(
                new Straggler(program, Phase.STOP, Duration.ZERO, Duration.ZERO, false, List.of())),
            List.of(),
            Duration.ZERO,
            Duration.ZERO);
    LastRunText.write(
        new LastRun(program, machine.pid(), null, started, started, RunProgress.Ended.of(exit)));
  }

  private void pause() {
    if (news.get() != null || closed) {
      return; // the file's own waiting may have used up the wake-up
    }
    if (dueAt == Alarm.NEVER) {
      LockSupport.park(this);
    } else {
      LockSupport.parkNanos(this, dueAt - machine.nanoTime().getAsLong());
    }
  }

  /** Whatever fails, an error for want of memory included, is tried again. */
  private void replace(long now) {
    try {
      dueAt = now + (report.beats() ? BEAT_NANOS : RETRY_NANOS);
      file.replace(LastRunText.write(asOf(now)));
      dueAt = report.beats() ? dueAt : Alarm.NEVER;
    } catch (Throwable e) {
      complain(e);
    }
  }

  private LastRun asOf(long now) {
    return new LastRun(
        program,
        machine.pid(),
        processStarted,
        started,
        machine.clock().instant(),
        report.asOf().apply(now));
  }

  /** Once: a full disk stays full. */
  private void complain(Throwable why) {
    if (complained) {
      return;
    }
    complained = true;
    try {
      log.warning(
          "srun",
          "%s cannot be written, so the next start may not know how this run ended (%s)"
              .formatted(file.path(), why));
    } catch (Throwable noMemory) {
      complained = false;
    }
  }

  /** Reads what the last run left and says it; returns whether this run may write. */
  private boolean open() {
    LastRun last = null;
    Exception unreadable = null;
    try {
      last = read();
    } catch (IOException | RuntimeException e) {
      unreadable = e;
    }
    LastRun other = goesOn(last) ? last : null;
    boolean isReplaced = other != null && other.pid() == machine.parent();
    if (other != null && !isReplaced) {
      log.warning(
          "srun",
          "%s belongs to another run (pid %d): how this one ends will not be noted"
              .formatted(file.path(), other.pid()));
      return false;
    }
    try {
      file.prepare();
    } catch (IOException | RuntimeException e) {
      if (!opened.completeExceptionally(e)) {
        complain(e);
      }
      return false;
    }
    if (isReplaced) {
      opened.complete(null);
      return awaitEndOfParent();
    }
    if (last != null) {
      log.say(last.level(), "srun", last.message(machine.clock().instant()), null);
    } else if (unreadable != null) {
      log.warning(
          "srun", "%s says nothing of the last run: %s".formatted(file.path(), reason(unreadable)));
    }
    return true;
  }

  private @Nullable LastRun read() throws IOException {
    String text = file.read();
    return text == null ? null : LastRunText.read(text);
  }

  private boolean goesOn(@Nullable LastRun last) {
    return last != null && !last.hasEnded() && machine.isAlive(last.pid(), last.process());
  }

  /**
   * The run whose place this one takes has the file until it ends. False if this one ends before.
   */
  private boolean awaitEndOfParent() {
    boolean goesOn = true;
    while (goesOn && !closed) {
      LockSupport.parkNanos(this, LOOK_NANOS);
      try {
        goesOn = goesOn(read());
      } catch (IOException | RuntimeException unreadable) {
        goesOn = false; // not by who writes it as a whole
      }
    }
    return !goesOn;
  }

  private static String reason(Exception why) {
    return why instanceof IllegalArgumentException ? why.getMessage() : why.toString();
  }
}
