package dev.srun;

import java.time.Instant;
import java.util.Map;
import java.util.concurrent.BlockingQueue;

/** What the runner needs of the machine: one seam, so that its faults and its time can be tests. */
interface Host {

  Map<String, String> environment();

  /** As {@link System#nanoTime}: compared by difference only. */
  long nanoTime();

  Instant now();

  /**
   * Makes a queue for a thread of the runner's to wait on: a seam, since that is when time passes.
   */
  <T> BlockingQueue<T> openQueue();

  /** Opens a scope that belongs to the calling thread. */
  TaskScope openScope();

  /** Starts an alarm; {@code ring} must not block. */
  Alarm startAlarm(Runnable ring);

  /** Starts a virtual thread outside the scope. */
  Thread startThread(String name, Runnable body);

  Signals signals();

  /** Ends the process at once. */
  void halt(int code);
}
