package dev.srun;

import org.jspecify.annotations.Nullable;

/**
 * Makes the threads of a program. User code finds the same surroundings on each of them, whichever
 * thread has asked for it: the context class loader of the thread that started the program, normal
 * priority, and no inheritable thread-local values. Any thread.
 */
final class ProgramThreads {
  private final @Nullable ClassLoader loader = Thread.currentThread().getContextClassLoader();

  /**
   * Makes a thread, not started.
   *
   * @param name the thread's name
   * @param platform whether it is a platform thread (a daemon) rather than a virtual one
   * @param body what it runs
   */
  @SuppressWarnings("ThreadPriorityCheck") // none is to have another one
  Thread make(String name, boolean platform, Runnable body) {
    Thread thread =
        platform
            ? Thread.ofPlatform()
                .name(name)
                .daemon()
                .priority(Thread.NORM_PRIORITY)
                .inheritInheritableThreadLocals(false)
                .unstarted(body)
            : Thread.ofVirtual().name(name).inheritInheritableThreadLocals(false).unstarted(body);
    thread.setContextClassLoader(loader); // the system's otherwise
    return thread;
  }

  /** Makes a thread as {@link #make} does, and starts it. */
  Thread start(String name, boolean platform, Runnable body) {
    Thread thread = make(name, platform, body);
    thread.start();
    return thread;
  }
}
