package dev.srun;

/** The signals of the process and its shutdown, which belong to one runner of a JVM at a time. */
interface Signals {

  /** What a runner does about them. Every method but {@link #onShutdown} returns at once. */
  interface Receiver {

    /** Called on a thread of the JVM's. */
    void onSignal(Cause.Signalled signal);

    /** The JVM is going down by someone else's doing; it waits for this method to return. */
    void onShutdown();
  }

  /** Undoes what {@link #attach} did. */
  interface Attached extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Routes signals and shutdown to the receiver until the result is closed.
   *
   * @param log is told what could not be had
   */
  Attached attach(Receiver receiver, LogWriter log);
}
