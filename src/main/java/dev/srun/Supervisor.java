package dev.srun;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes one message after another and has the {@link Lifecycle} handle it, from the first to the
 * exit. Whoever runs it owns every state of the program.
 *
 * <p>It begins on a virtual thread, which owns the scope of the program's threads. Where that one
 * gets no processor, the watchdog has it {@linkplain #takeOver go on} on a platform thread.
 */
final class Supervisor implements Runnable {

  /** What a log that nobody reads may hold up the end, and so may a file system that hangs. */
  static final Duration FLUSH = Duration.ofMillis(50);

  /** How many messages may fail to be handled before there is no point in going on. */
  private static final int PATIENCE_WITH_OURSELVES = 10;

  private final Program program;
  private final Findings findings;
  private final StateFeed feed;
  private final PhaseThreads threads;
  private final Lifecycle lifecycle;
  private final Baton baton = new Baton();
  private final Exit lastResort;
  private int brokenMessages;
  private volatile @Nullable Thread first;

  /**
   * Called on the thread that starts the program.
   *
   * @param lastResort what ends the program where not even the supervisor can go on
   */
  Supervisor(
      Program program,
      List<List<Slot>> stages,
      List<Slot> slots,
      List<StateListener> listeners,
      Exit lastResort) {
    this.program = program;
    this.lastResort = lastResort;
    this.findings = new Findings(program, slots);
    this.feed = new StateFeed(listeners, program);
    this.threads = new PhaseThreads(program);
    this.lifecycle = new Lifecycle(program, stages, slots, findings, feed, threads);
  }

  // The first thread

  /** Supervises the program from its first message to its exit, or until another takes over. */
  @Override
  public void run() {
    first = Thread.currentThread();
    TaskScope scope = program.host().openScope();
    try {
      threads.enterScope(scope);
      program.log().debug("srun", "services run in " + scope.description());
      if (feed.hasListeners()) {
        scope.fork("srun-listeners", false, feed::tell);
      }
      if (handleUntilTheEnd()) {
        end(scope);
      } else {
        stayBehind(scope);
      }
    } finally {
      if (!baton.isTaken()) {
        giveLastResort();
      }
    }
  }

  /** Handles messages; false if another has taken over. */
  private boolean handleUntilTheEnd() {
    Mailbox<Event> events = program.events();
    while (baton.hold()) {
      for (Event event = next(events); event != null; event = next(events)) {
        handle(event);
      }
      if (lifecycle.hasEnded()) {
        return true; // with the baton, so that nobody else ends the program as well
      }
      baton.release();
      await(events);
    }
    return false;
  }

  private @Nullable Event next(Mailbox<Event> events) {
    return lifecycle.hasEnded() ? null : events.poll();
  }

  private static void await(Mailbox<Event> events) {
    try {
      events.await();
    } catch (InterruptedException e) {
      // Only who takes over interrupts, and the baton tells.
    }
  }

  /** What is left for the thread that lost the baton: the scope, which nobody else can close. */
  private void stayBehind(TaskScope scope) {
    program.post(new Event.VirtualThreadsRun());
    program.joinEnd();
    if (scope.bindsOwner()) {
      scope.close();
    }
  }

  // The second thread

  /**
   * Has a platform thread go on as the supervisor. Called by the watchdog.
   *
   * @return false if the first is in the middle of a message
   */
  boolean takeOver() {
    if (!baton.take()) {
      return false;
    }
    try {
      program.host().startThread("srun-supervisor-2", true, this::goOn);
      return true;
    } catch (Throwable noThread) {
      baton.giveBack();
      throw noThread;
    }
  }

  private void goOn() {
    program.isSupervisedBy(Thread.currentThread());
    try {
      handle(new Event.TakenOver());
      Thread virtual = first;
      if (virtual != null) {
        virtual.interrupt();
      }
      Mailbox<Event> events = program.events();
      while (!lifecycle.hasEnded()) {
        Event event = events.poll();
        if (event == null) {
          await(events);
        } else {
          handle(event);
        }
      }
      end(null);
    } finally {
      giveLastResort();
    }
  }

  private void handle(Event event) {
    program.beginsOrEndsMessage();
    try {
      lifecycle.handle(event);
    } catch (Throwable e) {
      brokenMessages++;
      program.releaseMemory();
      findings.failed(Failures.of("srun", Phase.RUN, e));
      if (brokenMessages == PATIENCE_WITH_OURSELVES) {
        lifecycle.giveUp();
      } else {
        program.post(Event.StopAsked.MESSAGE);
      }
    } finally {
      program.beginsOrEndsMessage();
    }
  }

  // The end

  /**
   * Gives the exit, when nothing is left to be done.
   *
   * @param scope null if another thread owns it
   */
  private void end(@Nullable TaskScope scope) {
    if (feed.hasListeners() && !lifecycle.listenersAreDone()) {
      feed.end();
      findings.leftListenersBehind(Lifecycle.LISTENERS);
    }
    findings.suppressLater(scope == null);
    Exit exit = findings.exit();
    program.blackBox().ended(exit);
    findings.tell(exit);
    boolean everyThreadEnded = findings.everythingEnded() && !lifecycle.callsExit();
    if (scope != null && everyThreadEnded) {
      scope.close();
    }
    program.log().flush(FLUSH);
    program.blackBox().close(FLUSH);
    close();
    program.hasEnded(exit);
    if (scope != null && !everyThreadEnded && scope.bindsOwner()) {
      scope.close();
    }
  }

  /** Without effect unless the supervisor could not go on. */
  private void giveLastResort() {
    if (!program.isOver()) {
      close();
      program.hasEnded(lastResort);
    }
  }

  /** A process that ends with the program keeps its handlers and its watchdog until then. */
  private void close() {
    if (!program.ownsProcess()) {
      program.detachSignals();
      program.alarm().close();
      program.closeDescriptors();
    }
  }

  /** An exit that was made before it was needed. */
  Exit lastResort() {
    return lastResort;
  }

  /** The exit as far as it is known, for who cannot wait for the supervisor any more. */
  Exit exitFromOutside() {
    try {
      return findings.exitFromOutside();
    } catch (Throwable e) {
      return lastResort;
    }
  }

  /** Has every class loaded that {@link #exitFromOutside} needs. */
  void rehearseTheEnd() {
    findings.rehearse();
  }
}
