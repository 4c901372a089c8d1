package dev.srun;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The live threads of one service's own scope; closing it interrupts them and waits for them. */
final class ThreadsOfService implements ServiceThreads, AutoCloseable {
  private final Slot slot;
  private final Program program;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition ended = lock.newCondition();
  private final Set<Thread> live = new HashSet<>();
  private int starting;
  private boolean closed;

  ThreadsOfService(Slot slot, Program program) {
    this.slot = slot;
    this.program = program;
  }

  @Override
  public Thread start(String name, Task task) {
    lock.lock();
    try {
      refuseIfClosed();
      starting++;
    } finally {
      lock.unlock();
    }
    try {
      return program.host().startThread(fullName(name), () -> runStarted(task));
    } catch (Throwable noThread) {
      hasStarted();
      throw noThread;
    }
  }

  private void runStarted(Task task) {
    runWhileLive(() -> {
      hasStarted();
      Failure failure = Failures.of(slot.name(), Phase.RUN, () -> task.run(slot.context()));
      if (failure != null) {
        program.post(new Event.ThreadFailed(slot, failure));
      }
    });
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
    return body -> newThread(name, false, body);
  }

  @Override
  public ThreadFactory platform(String name) {
    return body -> newThread(name, true, body);
  }

  private Thread newThread(String name, boolean platform, Runnable body) {
    lock.lock();
    try {
      refuseIfClosed();
    } finally {
      lock.unlock();
    }
    return TaskScope.newThread(fullName(name), platform, () -> runWhileLive(body));
  }

  private String fullName(String name) {
    return slot.name() + "-" + name;
  }

  private void refuseIfClosed() {
    if (closed) {
      throw new IllegalStateException(slot.name() + " was closed; it starts no more threads");
    }
  }

  private void runWhileLive(Runnable body) {
    Thread self = Thread.currentThread();
    enter(self);
    try {
      body.run();
    } finally {
      leave(self);
    }
  }

  private void enter(Thread thread) {
    lock.lock();
    try {
      live.add(thread);
      if (closed) {
        thread.interrupt();
      }
    } finally {
      lock.unlock();
    }
  }

  private void leave(Thread thread) {
    lock.lock();
    try {
      live.remove(thread);
      ended.signalAll();
    } finally {
      lock.unlock();
    }
  }

  List<Thread> live() {
    lock.lock();
    try {
      return List.copyOf(live);
    } finally {
      lock.unlock();
    }
  }

  /** Starts no more threads. */
  void refuse() {
    lock.lock();
    try {
      closed = true;
    } finally {
      lock.unlock();
    }
  }

  /** An interrupt ends the wait: the threads are then the service's that is left behind. */
  @Override
  public void close() {
    refuse();
    live().forEach(Thread::interrupt);
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
