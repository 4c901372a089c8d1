package dev.srun;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Everything that can happen to a program, as a message to its supervisor. Each knows which method
 * of the lifecycle it is: a switch over the types takes the JVM 5 ms to link at the first message.
 */
sealed interface Event {

  /** Has the lifecycle do what the event means. Called by the supervisor. */
  void happenTo(Lifecycle program);

  /**
   * A call into user code has ended. For {@link Phase#INIT} without a failure it also says that run
   * is being entered, unless that was forbidden before.
   *
   * @param thrown null if it has returned
   */
  record PhaseEnded(Slot slot, Phase phase, @Nullable Thrown thrown) implements Event {
    @Override
    public void happenTo(Lifecycle program) {
      program.phaseEnded(slot, phase, thrown);
    }
  }

  /**
   * The program begins: nothing that comes before counts.
   *
   * @param setupFailure null if the setup has not failed
   * @param cutsOffMainTask whether the setup has registered a main task that does not come to have
   *     a slot
   */
  record Begin(@Nullable Failure setupFailure, boolean cutsOffMainTask) implements Event {
    @Override
    public void happenTo(Lifecycle program) {
      program.begin(setupFailure, cutsOffMainTask);
    }
  }

  /**
   * A call into user code has thrown, and what it threw is being turned into text by its own
   * thread, which is user code again.
   */
  record Throwing(Slot slot, Thrown thrown) implements Event {
    @Override
    public void happenTo(Lifecycle program) {
      program.throwing(slot, thrown);
    }
  }

  /** A call into user code stands in {@code System.exit} and does not come back. */
  record CallExits(Slot slot, Slot.Call call) implements Event {
    @Override
    public void happenTo(Lifecycle program) {
      program.callExits(slot, call);
    }
  }

  /** The service called {@link Context#ready()}. */
  record SaidReady(Slot slot) implements Event {
    @Override
    public void happenTo(Lifecycle program) {
      program.saidReady(slot);
    }
  }

  /** The service has registered something for the drain after that has begun. */
  record DrainAsked(Slot slot) implements Event {
    @Override
    public void happenTo(Lifecycle program) {
      program.drainAsked(slot);
    }
  }

  /** The service has said how well it is; see {@link HealthChannel#report}. */
  record HealthReported(Slot slot) implements Event {
    @Override
    public void happenTo(Lifecycle program) {
      program.healthReported(slot);
    }
  }

  /** Code of the service has thrown, and no phase ends by it: as a thread of its own scope. */
  record Threw(Slot slot, Thrown thrown) implements Event {
    @Override
    public void happenTo(Lifecycle program) {
      program.thrownIn(slot, thrown);
    }
  }

  /** Nothing of a service that is being stopped is in flight any more. */
  record WorkEnded(Slot slot) implements Event {
    @Override
    public void happenTo(Lifecycle program) {
      program.workEnded(slot);
    }
  }

  /** Work of the service was cut off. */
  record CutOff(Slot slot, CutOffException error) implements Event {
    @Override
    public void happenTo(Lifecycle program) {
      program.cutOff(slot, error);
    }
  }

  /** The {@link StopRequest} was made, or made more urgent. */
  record StopAsked() implements Event {
    static final StopAsked MESSAGE = new StopAsked();

    @Override
    public void happenTo(Lifecycle program) {
      program.stopAsked();
    }
  }

  /**
   * The program that takes another one's place is about to accept connections.
   *
   * @param handled completed when it is ready for them; with false if it stops instead
   */
  record LetIn(CompletableFuture<Boolean> handled) implements Event {
    @Override
    public void happenTo(Lifecycle program) {
      program.isLetIn(handled);
    }
  }

  /** No other process runs any more what must not run twice. */
  record ExclusiveMayStart() implements Event {
    static final ExclusiveMayStart MESSAGE = new ExclusiveMayStart();

    @Override
    public void happenTo(Lifecycle program) {
      program.exclusiveMayStart();
    }
  }

  /** The alarm rang: some deadline may have passed. */
  record DeadlinePassed() implements Event {
    static final DeadlinePassed MESSAGE = new DeadlinePassed();

    @Override
    public void happenTo(Lifecycle program) {
      program.deadlinePassed();
    }
  }

  /** The watchdog wants to see that messages are handled. */
  record Ping() implements Event {
    static final Ping MESSAGE = new Ping();

    @Override
    public void happenTo(Lifecycle program) {
      // no more than to be handled
    }
  }

  /** Another thread goes on as the supervisor; its first message. */
  record TakenOver() implements Event {
    @Override
    public void happenTo(Lifecycle program) {
      program.takenOver();
    }
  }

  /** Virtual threads run again after another thread took over from the supervisor. */
  record VirtualThreadsRun() implements Event {
    @Override
    public void happenTo(Lifecycle program) {
      program.virtualThreadsRun();
    }
  }

  /** The listeners have been told everything. */
  record ListenersDone() implements Event {
    @Override
    public void happenTo(Lifecycle program) {
      program.listenersDone();
    }
  }
}
