package dev.srun;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The threads that would keep the JVM from ending and that no service is known to have started. A
 * program that is embedded has neighbours, whose threads cannot be told from those.
 */
final class ForeignThreads {

  /** What was there before the program, by identity. */
  private final Set<Thread> before = new HashSet<>(Arrays.asList(alive()));

  private static Thread[] alive() {
    ThreadGroup root = Thread.currentThread().getThreadGroup();
    while (root.getParent() != null) {
      root = root.getParent();
    }
    Thread[] threads = new Thread[2 * root.activeCount() + 8];
    return Arrays.copyOf(threads, root.enumerate(threads));
  }

  /** Those that came since and are alive now, each as a leak of nobody's. */
  List<Leak> leaks() {
    List<Leak> leaks = new ArrayList<>();
    for (Thread thread : alive()) {
      if (thread != null && isForeign(thread)) {
        leaks.add(Leak.ofThread(Leak.UNATTRIBUTED, thread, null));
      }
    }
    return leaks;
  }

  private boolean isForeign(Thread thread) {
    return !thread.isDaemon()
        && thread.isAlive()
        && !before.contains(thread)
        && !thread.getName().startsWith("srun-");
  }
}
