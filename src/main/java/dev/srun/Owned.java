package dev.srun;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What one service owns, closed once and the last first, and what of it could not be closed. */
final class Owned {

  /** One thing, and where it was handed over. */
  private record Resource(AutoCloseable resource, @Nullable StackTraceElement createdAt) {
    Leak leak(String service, String why) {
      String what =
          resource instanceof OwnedProcess process
              ? process.toString()
              : resource.getClass().getName();
      return new Leak(service, what, Frames.text(createdAt), why);
    }
  }

  /** Of whoever owns nothing and never will. */
  static final Owned NOTHING = new Owned(true);

  private final ReentrantLock lock = new ReentrantLock();
  private List<Leak> unclosed = List.of();
  private @Nullable Deque<Resource> resources;
  private @Nullable Resource closing;
  private volatile @Nullable ThreadsOfService threads;
  private boolean closed;

  Owned() {
    this(false);
  }

  /** Closed from the beginning: it refuses what comes. */
  Owned(boolean closed) {
    this.closed = closed;
  }

  <T extends AutoCloseable> T add(T resource, String owner) {
    StackTraceElement createdAt = Frames.caller();
    lock.lock();
    try {
      if (!closed) {
        push(new Resource(resource, createdAt));
        return resource;
      }
    } finally {
      lock.unlock();
    }
    IllegalStateException late =
        new IllegalStateException(
            owner + " was closed; " + resource + " came too late to be owned");
    try {
      resource.close();
    } catch (Exception e) {
      late.addSuppressed(e);
    }
    throw late;
  }

  ServiceThreads threads(Slot slot, Program program) {
    lock.lock();
    try {
      if (threads == null) {
        threads = new ThreadsOfService(slot, program);
        if (closed) {
          threads.refuse();
        } else {
          push(new Resource(threads, null));
        }
      }
      return threads;
    } finally {
      lock.unlock();
    }
  }

  private void push(Resource resource) {
    if (resources == null) {
      resources = new ArrayDeque<>(4);
    }
    resources.push(resource);
  }

  /** True if there is nothing to close, and then nothing can be owned any more. */
  boolean closeIfEmpty() {
    lock.lock();
    try {
      if (resources == null || resources.isEmpty()) {
        closed = true;
      }
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /** Waits no more for what is being closed; true if something is still to be closed. */
  boolean abandonClosing() {
    lock.lock();
    try {
      closing = null;
      return resources != null && !resources.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /** Whether the service's own threads are asked to end. */
  boolean threadsEnd() {
    ThreadsOfService own = threads;
    return own != null && own.isClosed();
  }

  /** The threads of the service's own scope that are alive; waits for nobody. */
  List<Thread> liveThreads() {
    ThreadsOfService own = threads;
    return own == null ? List.of() : own.live();
  }

  /** Waits no more for a thread of the service's own scope. */
  void abandon(Thread thread) {
    ThreadsOfService own = threads;
    if (own != null) {
      own.leave(thread);
    }
  }

  /**
   * Closes everything and returns what was thrown by it, in order. The text of none is asked for,
   * since what is still to be closed might wait for that in vain.
   */
  List<Throwable> close(String owner) {
    List<Throwable> thrown = new ArrayList<>(0);
    for (Resource resource = next(); resource != null; resource = next()) {
      try {
        resource.resource.close();
      } catch (Throwable e) {
        failed(resource.leak(owner, "its close threw " + e.getClass().getName()));
        thrown.add(e);
      }
    }
    return thrown;
  }

  private void failed(Leak leak) {
    lock.lock();
    try {
      unclosed = Stream.concat(unclosed.stream(), Stream.of(leak)).toList();
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Resource next() {
    lock.lock();
    try {
      closed = true;
      closing = resources == null ? null : resources.poll();
      return closing;
    } finally {
      lock.unlock();
    }
  }

  /** What is left of it now: what was not closed, and the threads that are alive. */
  List<Leak> leaks(String owner) {
    lock.lock();
    try {
      if (resources == null) {
        return List.of();
      }
      List<Leak> leaks = new ArrayList<>(unclosed);
      if (closing != null && closing.resource != threads) {
        leaks.add(closing.leak(owner, "its close has not ended"));
      }
      for (Resource each : resources) {
        if (each.resource != threads) {
          leaks.add(each.leak(owner, "not closed"));
        }
      }
      if (threads != null) {
        leaks.addAll(threads.leaks());
      }
      return leaks;
    } finally {
      lock.unlock();
    }
  }
}
