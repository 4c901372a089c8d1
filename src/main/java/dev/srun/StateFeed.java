package dev.srun;

import java.util.List;

/** Tells the listeners of state changes, in order, on a thread of its own. */
final class StateFeed {

  /** What follows the last change. */
  private static final Object END = new Object();

  private final List<StateListener> listeners;
  private final Program program;
  private final Mailbox<Object> changes;

  StateFeed(List<StateListener> listeners, Program program) {
    this.listeners = listeners;
    this.program = program;
    this.changes = program.host().openMailbox();
  }

  boolean hasListeners() {
    return !listeners.isEmpty();
  }

  void offer(StateChange change) {
    if (hasListeners()) {
      changes.post(change);
    }
  }

  /** Has the feed post {@link Event.ListenersDone} once everything offered so far was told. */
  void end() {
    changes.post(END);
  }

  /** The body of the feed's thread. An interrupt ends it early. */
  void tell() {
    program.listenersAreToldBy(Thread.currentThread());
    try {
      for (Object next = changes.take();
          next instanceof StateChange change;
          next = changes.take()) {
        for (StateListener listener : listeners) {
          Failure failure =
              Failures.of(change.service(), Phase.RUN, () -> listener.changed(change));
          Thread.interrupted(); // what a listener left behind
          if (failure != null) {
            program.log().error("srun", "a state listener failed at " + change, failure);
          }
        }
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    } finally {
      program.post(new Event.ListenersDone());
    }
  }
}
