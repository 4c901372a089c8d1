package dev.srun;

/**
 * Who delivers the system's signals. The class that does is compiled apart, without {@code
 * --release}, since naming what it needs warns in a way that no annotation silences; called by
 * reflection, a start would take 25 ms longer.
 */
interface SystemSignals {

  /** What came of a signal before. */
  interface Former {

    /** Whether nothing did. */
    boolean wasIgnored();

    /** Has it so again. */
    void restore();

    /** Has the signal come once more. The JVM handles it on a thread of its own. */
    void raise();
  }

  /**
   * Has a signal handled, on a thread of the JVM's.
   *
   * @throws IllegalArgumentException if the signal cannot be handled, or there is none
   */
  Former handle(String name, Signals.Receiver receiver);

  /**
   * That of this JVM.
   *
   * @throws LinkageError if it has none
   */
  static SystemSignals find() {
    String adapter = "dev.srun.SunSignals";
    try {
      return Class.forName(adapter)
          .asSubclass(SystemSignals.class)
          .getDeclaredConstructor()
          .newInstance();
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(adapter + " cannot be made", e);
    }
  }
}
