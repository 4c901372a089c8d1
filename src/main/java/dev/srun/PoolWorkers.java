package dev.srun;

import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * The worker threads of the JDK's thread pools: which executor one of them belongs to, and whether
 * it has nothing to do. An idle worker swallows an interrupt; only its executor can end it.
 */
final class PoolWorkers {
  private static final String POOL = "java.util.concurrent.ThreadPoolExecutor";
  private static final String BODY = POOL + "$Worker";

  private PoolWorkers() {}

  /**
   * Returns the executor that a thread's body belongs to.
   *
   * @param body what the thread runs, as the executor gave it to the thread factory
   * @return the executor; null if the body is not a pool's, or the executor cannot be reached
   */
  static @Nullable ExecutorService executorOf(@Nullable Runnable body) {
    if (body == null || !body.getClass().getName().equals(BODY)) {
      return null;
    }
    try (Walk walk = new Walk(body)) {
      walk.writeObject(body);
    } catch (Reached reached) {
      return reached.executor;
    } catch (Throwable e) {
      return null; // another JDK, a task that cannot be written, or no memory
    }
    return null;
  }

  /** Ends the walk. */
  private static final class Reached extends IOException {
    private static final long serialVersionUID = 1;
    private final transient ExecutorService executor;

    Reached(ExecutorService executor) {
      this.executor = executor;
    }
  }

  /**
   * Writes the worker to nowhere. A worker is serializable, by its superclass, and its executor is
   * one of its fields. There is no other way from one to the other that needs neither reflection
   * into the JDK nor a flag of the JVM.
   */
  private static final class Walk extends ObjectOutputStream {
    private final Runnable body;

    Walk(Runnable body) throws IOException {
      super(OutputStream.nullOutputStream());
      this.body = body;
      enableReplaceObject(true);
    }

    /** Is asked before a field is written, so that nothing of the program's is. */
    @Override
    @SuppressWarnings("ReferenceEquality") // the body is itself
    protected @Nullable Object replaceObject(Object each) throws IOException {
      if (each instanceof ExecutorService executor) {
        throw new Reached(executor);
      }
      return each == body ? each : null;
    }
  }

  /** Whether the thread is a pool's and waits for a task. */
  static boolean isIdle(Thread thread) {
    Thread.State state = thread.getState();
    boolean waits = state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING;
    return waits && standsInGetTask(thread);
  }

  private static boolean standsInGetTask(Thread thread) {
    for (StackTraceElement frame : thread.getStackTrace()) {
      if (frame.getClassName().equals(POOL) && frame.getMethodName().equals("getTask")) {
        return true;
      }
    }
    return false;
  }
}
