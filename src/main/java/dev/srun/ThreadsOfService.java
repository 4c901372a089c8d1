package dev.srun;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/** The live threads of one service's own scope; closing it interrupts them and waits for them. */
final class ThreadsOfService implements ServiceThreads, AutoCloseable {
  private final Slot slot;
  private final Program program;
  private final Set<Thread> live = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  ThreadsOfService(Slot slot, Program program) {
    this.slot = slot;
    this.program = program;
  }

  @Override
  public Thread start(String name, Task task) {
    refuseIfClosed();
    return program.host().startThread(fullName(name), () -> runWhileLive(() -> runAndReport(task)));
  }

  private void runAndReport(Task task) {
    Failure failure = Failures.of(slot.name(), Phase.RUN, () -> task.run(slot.context()));
    if (failure != null) {
      program.post(new Event.ThreadFailed(slot, failure));
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
    refuseIfClosed();
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
    live.add(self);
    try {
      if (closed) {
        self.interrupt();
      }
      body.run();
    } finally {
      live.remove(self);
    }
  }

  List<Thread> live() {
    return List.copyOf(live);
  }

  @Override
  public void close() {
    closed = true;
    live.forEach(Thread::interrupt);
    @Nullable InterruptedException interrupted = null;
    for (Thread thread : live) {
      while (interrupted == null && live.contains(thread)) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = e;
        }
      }
    }
    if (interrupted != null) {
      Thread.currentThread().interrupt();
    }
  }
}
