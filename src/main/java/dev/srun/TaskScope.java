package dev.srun;

/**
 * The container of the threads that run user code. It starts them and waits for them; it cancels
 * nothing and decides no order. Every method is called by the thread that opened it.
 */
interface TaskScope extends AutoCloseable {

  /**
   * Starts a thread.
   *
   * @param name the thread's name
   * @param platform whether it is a platform thread (a daemon) rather than a virtual one
   * @param body never throws
   */
  Thread fork(String name, boolean platform, Runnable body);

  /**
   * Starts a virtual thread that is waited for like the others, but is not forked in the way of an
   * API that the scope may be over: that costs as much again, and is for what lasts.
   *
   * @param name the thread's name
   * @param body never throws
   */
  Thread start(String name, CountedScope.Counted body);

  /**
   * Whether the owner cannot end before every thread has, so that it must stay behind with a
   * straggler.
   */
  boolean bindsOwner();

  /** What it is, for the log. */
  String description();

  /** Waits, without limit, until every forked thread has ended. */
  @Override
  void close();

  /**
   * Opens the scope that fits this JVM: a StructuredTaskScope where the release has an adapter and
   * preview features are enabled, else plain virtual threads.
   */
  static TaskScope open() {
    String adapter =
        switch (Runtime.version().feature()) {
          case 21 -> "dev.srun.StructuredScope21";
          case 25 -> "dev.srun.StructuredScope25";
          default -> "";
        };
    if (adapter.isEmpty()) {
      return new PlainScope("no StructuredTaskScope adapter for this JDK");
    }
    try {
      return Class.forName(adapter)
          .asSubclass(TaskScope.class)
          .getDeclaredConstructor()
          .newInstance();
    } catch (ClassNotFoundException notBuilt) {
      return new PlainScope("built without " + adapter);
    } catch (LinkageError previewIsOff) {
      return new PlainScope("no --enable-preview");
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(adapter + " cannot be made", e);
    }
  }

  /** A thread as {@link #fork} describes it, not started. */
  static Thread newThread(String name, boolean platform, Runnable body) {
    return platform
        ? Thread.ofPlatform().name(name).daemon().unstarted(body)
        : Thread.ofVirtual().name(name).unstarted(body);
  }
}
