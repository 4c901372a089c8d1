package dev.srun;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The live threads of one service's own scope; closing it interrupts them and waits for them. */
final class ThreadsOfService implements ServiceThreads, AutoCloseable {

  /** Where a thread, or the factory that made it, was asked for. */
  private record Origin(@Nullable StackTraceElement frame) {
    static Origin here() {
      return new Origin(Frames.caller());
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
    Origin origin = Origin.here();
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
    return new Named(name, false, Origin.here());
  }

  @Override
  public ThreadFactory platform(String name) {
    slot.requireGiven(name, "the name of threads");
    return new Named(name, true, Origin.here());
  }

  /** Makes threads of one name. */
  private final class Named implements ThreadFactory {
    private final String name;
    private final boolean platform;
    private final Origin origin;

    Named(String name, boolean platform, Origin origin) {
      this.name = name;
      this.platform = platform;
      this.origin = origin;
    }

    @Override
    public Thread newThread(Runnable body) {
      slot.requireGiven(body, "what a thread '" + name + "' is to do");
      Thread made = program.host().threads().make(fullName(name), platform, new WhileLive(body));
      lock.lock();
      try {
        refuseIfClosed();
        live.put(made, origin);
      } finally {
        lock.unlock();
      }
      return made;
    }
  }

  /** What a thread of one's own does. */
  private final class WhileLive implements Runnable {
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
      } finally {
        leave(self);
      }
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

  /** An interrupt ends the wait: the threads are then the service's that is left behind. */
  @Override
  public void close() {
    refuse();
    for (Thread thread : live()) {
      thread.interrupt();
    }
    lock.lock();
    try {
      while (starting > 0 || !live.isEmpty()) {
        ended.await();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }
}
