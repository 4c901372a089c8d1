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
   *
   * @param threads makes its threads
   */
  static TaskScope open(ProgramThreads threads) {
    String adapter =
        switch (Runtime.version().feature()) {
          case 21 -> "dev.srun.StructuredScope21";
          case 25 -> "dev.srun.StructuredScope25";
          default -> "";
        };
    if (adapter.isEmpty()) {
      return new PlainScope(threads, "no StructuredTaskScope adapter for this JDK");
    }
    try {
      return Class.forName(adapter)
          .asSubclass(TaskScope.class)
          .getDeclaredConstructor(ProgramThreads.class)
          .newInstance(threads);
    } catch (ClassNotFoundException notBuilt) {
      return new PlainScope(threads, "built without " + adapter);
    } catch (LinkageError previewIsOff) {
      return new PlainScope(threads, "no --enable-preview");
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(adapter + " cannot be made", e);
    }
  }
}
