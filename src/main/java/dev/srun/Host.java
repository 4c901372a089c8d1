package dev.srun;

import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;

/** What the runner needs of the machine: one seam, so that its faults and its time can be tests. */
interface Host {

  Map<String, String> environment();

  /** As {@link System#nanoTime}: compared by difference only. */
  long nanoTime();

  Instant now();

  /** Makes a mailbox for a thread of the runner's: a seam, since waiting is when time passes. */
  <T> Mailbox<T> openMailbox();

  /** Makes a queue of at most so many for a thread of a service's: the same seam. */
  <T> BlockingQueue<T> openQueue(int capacity);

  /** Makes the threads of the program. */
  ProgramThreads threads();

  /** Opens a scope that belongs to the calling thread. */
  TaskScope openScope();

  /** Starts the watchdog of a program, which is its alarm as well. */
  Alarm startWatchdog(Watched program);

  /** Starts a thread outside the scope: a daemon platform thread or a virtual one. */
  Thread startThread(String name, boolean platform, Runnable body);

  Signals signals();

  /** Who upgrades a program that does not do so itself. */
  default Upgrades upgrades() {
    return Upgrades.NONE;
  }

  /** Whether somebody sits in front of the program: it has a terminal that can be opened. */
  boolean hasTerminal();

  /**
   * Whether the process listens on something else than these ports; also true where nobody says.
   *
   * @param ports those that are known
   */
  boolean listensBesides(Set<Integer> ports);

  /** Ends the process at once. */
  void halt(int code);
}
