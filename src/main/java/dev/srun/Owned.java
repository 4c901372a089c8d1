package dev.srun;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** What one service owns, closed once and the last first. */
final class Owned {
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable Deque<AutoCloseable> resources;
  private @Nullable ThreadsOfService threads;
  private boolean closed;

  <T extends AutoCloseable> T add(T resource, String owner) {
    lock.lock();
    try {
      if (!closed) {
        push(resource);
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
          push(threads);
        }
      }
      return threads;
    } finally {
      lock.unlock();
    }
  }

  private void push(AutoCloseable resource) {
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

  /** The threads of the service's own scope that are alive. */
  List<Thread> liveThreads() {
    lock.lock();
    try {
      return threads == null ? List.of() : threads.live();
    } finally {
      lock.unlock();
    }
  }

  /** Closes everything; the first failure is thrown with the later ones suppressed onto it. */
  void close() throws Throwable {
    Throwable first = null;
    for (AutoCloseable resource = next(); resource != null; resource = next()) {
      try {
        resource.close();
      } catch (Throwable e) {
        if (first == null) {
          first = e;
        } else {
          Failures.suppress(first, e);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }

  private @Nullable AutoCloseable next() {
    lock.lock();
    try {
      closed = true;
      return resources == null ? null : resources.poll();
    } finally {
      lock.unlock();
    }
  }
}
