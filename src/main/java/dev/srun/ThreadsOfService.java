package dev.srun;

import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The live threads of one service's own scope; closing it interrupts them and waits for them. */
final class ThreadsOfService implements ServiceThreads, AutoCloseable {

  /** How often it is looked whether the workers of a pool have become idle; grows to the last. */
  private static final long FIRST_LOOK_NANOS = 5_000_000;

  private static final long LAST_LOOK_NANOS = 100_000_000;

  /**
   * Where a thread, or the factory that made it, was asked for.
   *
   * @param name the factory's or thread's name, after the service's
   * @param body what the thread runs, if a factory made it
   */
  private record Origin(String name, @Nullable StackTraceElement frame, @Nullable Runnable body) {
    static Origin here(String name) {
      return new Origin(name, Frames.caller(), null);
    }

    Origin of(Runnable runs) {
      return new Origin(name, frame, runs);
    }
  }

  private final Slot slot;
  private final Program program;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition ended = lock.newCondition();

  /**
   * Those that are alive, and those that a factory has made and nobody has started yet. Changed
   * with the lock held; read without, since a virtual thread may never let go of that.
   */
  private final Map<Thread, Origin> live = new ConcurrentHashMap<>();

  private int starting;
  private volatile boolean closed;

  /** The workers that nothing ends, once they are not waited for any more. */
  private List<Thread> idle = List.of();

  ThreadsOfService(Slot slot, Program program) {
    this.slot = slot;
    this.program = program;
  }

  @Override
  public Thread start(String name, Task task) {
    slot.requireGiven(name, "the name of a thread");
    slot.requireGiven(task, "what thread '" + name + "' is to do");
    lock.lock();
    try {
      refuseIfClosed();
      starting++;
    } finally {
      lock.unlock();
    }
    Origin origin = Origin.here(name);
    try {
      return program.host().startThread(fullName(name), false, () -> runStarted(task, origin));
    } catch (Throwable noThread) {
      hasStarted();
      throw noThread;
    }
  }

  private void runStarted(Task task, Origin origin) {
    enter(Thread.currentThread(), origin);
    try {
      hasStarted();
      task.run(slot.context());
    } catch (Throwable e) {
      boolean inStop = slot.isStopping();
      program.post(new Event.Throwing(slot, Thrown.withoutText(slot, Phase.RUN, e, inStop)));
      program.post(new Event.Threw(slot, Thrown.of(slot, Phase.RUN, e, inStop)));
    } finally {
      leave(Thread.currentThread());
    }
  }

  private void hasStarted() {
    lock.lock();
    try {
      starting--;
      ended.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public ThreadFactory virtual(String name) {
    slot.requireGiven(name, "the name of threads");
    return new Named(false, Origin.here(name));
  }

  @Override
  public ThreadFactory platform(String name) {
    slot.requireGiven(name, "the name of threads");
    return new Named(true, Origin.here(name));
  }

  @Override
  public ScheduledExecutorService scheduler(String name) {
    slot.requireGiven(name, "the name of a scheduler");
    ThreadFactory threads = new Named(true, Origin.here(name));
    return slot.context().own(new ServiceScheduler(name, slot, program, threads));
  }

  /** Makes threads of one name, with numbers from 1 on. */
  private final class Named implements ThreadFactory {
    private final boolean platform;
    private final Origin origin;
    private final AtomicLong made = new AtomicLong();

    Named(boolean platform, Origin origin) {
      this.platform = platform;
      this.origin = origin;
    }

    @Override
    public Thread newThread(Runnable body) {
      slot.requireGiven(body, "what a thread '" + origin.name + "' is to do");
      WhileLive whileLive = new WhileLive(body);
      String name = fullName(origin.name) + "-" + made.incrementAndGet();
      Thread thread = program.host().threads().make(name, platform, whileLive);
      thread.setUncaughtExceptionHandler(whileLive);
      lock.lock();
      try {
        refuseIfClosed();
        live.put(thread, origin.of(body));
      } finally {
        lock.unlock();
      }
      return thread;
    }
  }

  /** What a thread of one's own does, and what becomes of a throw that it does not catch. */
  private final class WhileLive implements Runnable, Thread.UncaughtExceptionHandler {
    private final Runnable body;

    WhileLive(Runnable body) {
      this.body = body;
    }

    @Override
    public void run() {
      Thread self = Thread.currentThread();
      if (!mayRun(self)) {
        program
            .log()
            .warning(
                program.loggerName(slot),
                "thread '"
                    + self.getName()
                    + "' was started after the service was closed; not run");
        return;
      }
      try {
        body.run();
      } catch (Throwable e) {
        if (self.getUncaughtExceptionHandler() != this) {
          throw e; // to the handler that the program has given the thread
        }
        uncaughtException(self, e);
      } finally {
        leave(self);
      }
    }

    /** A default handler of the program's, one that reports crashes, say, is called as well. */
    @Override
    public void uncaughtException(Thread thread, Throwable error) {
      sayUncaught(thread, error);
      Thread.UncaughtExceptionHandler handler = Thread.getDefaultUncaughtExceptionHandler();
      if (handler != null) {
        try {
          handler.uncaughtException(thread, error);
        } catch (Throwable ofTheHandler) {
          program
              .log()
              .warning(program.loggerName(slot), "the default handler of uncaught throws threw");
        }
      }
    }
  }

  private void sayUncaught(Thread thread, Throwable error) {
    if (error instanceof OutOfMemoryError) {
      program.releaseMemory();
    }
    boolean isExpected = closed && Thrown.causeEndsWait(error);
    Level level = isExpected ? Level.DEBUG : Level.ERROR;
    if (program.log().isLoggable(level)) {
      program
          .log()
          .say(
              level,
              program.loggerName(slot),
              "thread '" + thread.getName() + "' ended by a throw that nothing caught",
              new LogDetail.Thrown(Failures.text(error)));
    }
  }

  private String fullName(String name) {
    return slot.name() + "-" + name;
  }

  boolean isClosed() {
    return closed;
  }

  private void refuseIfClosed() {
    if (closed) {
      throw new IllegalStateException(slot.name() + " was closed; it starts no more threads");
    }
  }

  /** False for a thread that was not started when the service was closed. */
  private boolean mayRun(Thread thread) {
    lock.lock();
    try {
      boolean mayRun = live.containsKey(thread);
      if (mayRun && closed) {
        thread.interrupt(); // the first time it may have been too early
      }
      return mayRun;
    } finally {
      lock.unlock();
    }
  }

  private void enter(Thread thread, Origin origin) {
    lock.lock();
    try {
      live.put(thread, origin);
      if (closed) {
        thread.interrupt();
      }
    } finally {
      lock.unlock();
    }
  }

  /** The thread has ended, or is not waited for any more. */
  void leave(Thread thread) {
    lock.lock();
    try {
      live.remove(thread);
      ended.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for nobody: whoever finds out why virtual threads stand still asks this too. */
  List<Thread> live() {
    List<Thread> started = new ArrayList<>();
    for (Thread thread : live.keySet()) {
      if (isStarted(thread)) {
        started.add(thread);
      }
    }
    return started;
  }

  private static boolean isStarted(Thread thread) {
    return thread.getState() != Thread.State.NEW;
  }

  /** The threads that are alive although the service is over. */
  List<Leak> leaks() {
    List<Leak> leaks = new ArrayList<>();
    for (Map.Entry<Thread, Origin> each : live.entrySet()) {
      if (isStarted(each.getKey())) {
        leaks.add(Leak.ofThread(slot.name(), each.getKey(), each.getValue().frame));
      }
    }
    return leaks;
  }

  /** Starts no more threads; what was made and is started later does not run. */
  void refuse() {
    lock.lock();
    try {
      closed = true;
      live.keySet().removeIf(thread -> !isStarted(thread));
    } finally {
      lock.unlock();
    }
  }

  /**
   * Interrupts the threads and waits for them. The pools that they work for are shut down, since an
   * interrupt does not end an idle worker. One whose pool cannot be reached is not waited for once
   * it is idle. An interrupt ends the wait: the threads are then the service's that is left behind.
   */
  @Override
  public void close() {
    refuse();
    interruptAll();
    lock.lock();
    try {
      long pause = FIRST_LOOK_NANOS;
      while (starting > 0 || !live.isEmpty()) {
        if (ended.awaitNanos(pause) <= 0) {
          pause = Math.min(2 * pause, LAST_LOOK_NANOS);
          if (onlyIdleWorkersAreLeft()) {
            return;
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  /** Each thread once: a second interrupt would hit what the thread does because of the first. */
  private void interruptAll() {
    IdentityHashMap<ExecutorService, Origin> pools = new IdentityHashMap<>();
    for (Map.Entry<Thread, Origin> each : live.entrySet()) {
      ExecutorService pool = PoolWorkers.executorOf(each.getValue().body);
      if (pool == null) {
        each.getKey().interrupt();
      } else {
        pools.put(pool, each.getValue());
      }
    }
    for (Map.Entry<ExecutorService, Origin> each : pools.entrySet()) {
      String why = aboutPool(each.getValue()) + " was shut down with its service";
      try {
        new ExecutorEnd(slot, program).shutdownNow(each.getKey(), why);
      } catch (Throwable e) { // of an executor of the program's own; the others are still to end
        live.keySet().forEach(Thread::interrupt);
        program.post(new Event.Threw(slot, Thrown.of(slot, Phase.CLOSE, e, slot.isStopping())));
      }
    }
  }

  private String aboutPool(Origin origin) {
    String where = origin.frame == null ? "" : " (made at " + origin.frame + ")";
    return "an executor with threads of '" + fullName(origin.name) + "'" + where;
  }

  /**
   * Whether all that is left were idle twice in a row, which is then logged; between two tasks a
   * worker is idle for a moment.
   */
  private boolean onlyIdleWorkersAreLeft() {
    List<Thread> before = idle;
    idle = List.copyOf(live.keySet());
    for (Thread thread : idle) {
      if (starting > 0 || !PoolWorkers.isIdle(thread)) {
        idle = List.of();
        return false;
      }
    }
    if (!before.containsAll(idle)) {
      return false;
    }
    Set<String> factories = new TreeSet<>();
    for (Origin each : live.values()) {
      factories.add(aboutPool(each));
    }
    for (String each : factories) {
      program
          .log()
          .warning(
              program.loggerName(slot),
              each + " was not shut down; own it (ctx.own), or use ctx.threads().scheduler(name)");
    }
    return true;
  }
}
