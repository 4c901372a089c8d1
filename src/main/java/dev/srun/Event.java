package dev.srun;

import org.jspecify.annotations.Nullable;

/** Everything that can happen to a program, as a message to its supervisor. */
sealed interface Event {

  /**
   * A call into user code has ended. For {@link Phase#INIT} without a failure it also says that run
   * is being entered, unless that was forbidden before.
   */
  record PhaseEnded(Slot slot, Phase phase, @Nullable Failure failure) implements Event {}

  /** The service called {@link Context#ready()}. */
  record SaidReady(Slot slot) implements Event {}

  /** A thread of the service's own scope has thrown. */
  record ThreadFailed(Slot slot, Failure failure) implements Event {}

  /** The {@link StopRequest} was made, or made more urgent. */
  record StopAsked() implements Event {
    static final StopAsked MESSAGE = new StopAsked();
  }

  /** The alarm rang: some deadline may have passed. */
  record DeadlinePassed() implements Event {
    static final DeadlinePassed MESSAGE = new DeadlinePassed();
  }

  /** The listeners have been told everything. */
  record ListenersDone() implements Event {}
}
