package dev.srun;

/** The signals of the process and its shutdown, which belong to one runner of a JVM at a time. */
interface Signals {

  /** What a runner does about them. Every method but {@link #onShutdown} returns at once. */
  interface Receiver {

    /** Called on a thread of the JVM's. */
    void onSignal(Cause.Signalled signal);

    /**
     * Somebody calls System.exit. Called on the thread that does, before the JVM's shutdown begins.
     *
     * @return whether that ends the program; false if srun itself has called it
     */
    boolean onExit(ExitCall call);

    /**
     * The JVM is going down by someone else's doing; it waits for this method to return.
     *
     * @param log the program's logging in the shutdown
     */
    void onShutdown(ShutdownLog log);
  }

  /** Undoes what {@link #attach} did. Any thread; what is closed twice is closed once. */
  interface Attached extends AutoCloseable {

    /**
     * Begins to watch for calls of System.exit, which takes the logging as it is now. Until then
     * such a call ends the program all the same, and its status is not known.
     */
    default void watchExits() {}

    /** Notes that srun itself is about to end the process: that need not be watched. */
    default void endsProcess() {}

    @Override
    void close();

    /** Closes this and has what handled the signal before handle it now. */
    default void passOn(Cause.Signalled signal) {
      close();
    }
  }

  /**
   * Routes signals and shutdown to the receiver until the result is closed.
   *
   * @param log is told what could not be had
   */
  Attached attach(Receiver receiver, LogWriter log);
}
