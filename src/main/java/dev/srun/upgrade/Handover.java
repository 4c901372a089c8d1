package dev.srun.upgrade;

import dev.srun.Context;
import java.io.EOFException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The parent's side of one upgrade: starts a child, hands the listeners to it, and lets it in when
 * all its services run. Until then nothing changes here; a child that fails is ended.
 *
 * <p>{@link #run} is called by one thread and waits; {@link #giveUp} by any.
 */
final class Handover {

  /** A child that has sent all that it has to say, and lets itself in, takes a moment. */
  private static final Duration ENTERING = Duration.ofSeconds(10);

  /** What somebody who connects may take to say who it is. */
  private static final Duration INTRODUCTION = Duration.ofSeconds(2);

  /** How often it is seen whether a child that has not come yet lives. */
  private static final Duration LOOK = Duration.ofMillis(100);

  /** How far the child has come. */
  private enum Step {
    COMING,
    ENTERING,
    ACCEPTING
  }

  private final Kernel kernel;
  private final ListenerTable table;
  private final Spawner spawner;
  private final System.Logger logger;
  private final Message.Legacy legacy;
  private final long begun = System.nanoTime();
  private final long end;
  private final Upgrader.Options options;
  private final BooleanSupplier isWell;
  private final Steps steps;
  private final List<Claim> claims;
  private String strange = "";
  private Step step = Step.COMING;
  private Duration took = Duration.ZERO;
  private volatile @Nullable Thread thread;
  private volatile boolean givenUp;

  /**
   * Makes one.
   *
   * @param generation the child's
   * @param trace the trace that the upgrade is part of; empty where there is none
   * @param isWell whether this process would serve better than a child that is not well
   * @param steps where it tells how far it has come
   */
  Handover(
      Kernel kernel,
      ListenerTable table,
      Spawner spawner,
      Context context,
      int generation,
      String trace,
      Upgrader.Options options,
      BooleanSupplier isWell,
      Steps steps) {
    this.kernel = kernel;
    this.table = table;
    this.spawner = spawner;
    this.logger = context.logger();
    this.options = options;
    this.isWell = isWell;
    this.steps = steps;
    this.end = begun + options.timeout().toNanos();
    this.claims = table.bound();
    this.legacy =
        new Message.Legacy(
            generation,
            trace,
            claims.stream()
                .map(claim ->
                    new Message.Entry(
                        claim.name(),
                        Addresses.text(claim.requested()),
                        Addresses.text(claim.address()),
                        claim.isLent()))
                .toList());
  }

  /**
   * Upgrades. When it returns the child accepts, and this process does not.
   *
   * @throws UpgradeFailedException if that did not come about; the child has ended
   */
  Successor run() throws UpgradeFailedException {
    thread = Thread.currentThread();
    steps.next("the new process boots");
    try (Rendezvous rendezvous = Rendezvous.open()) {
      Spawned spawned = spawner.start(rendezvous.environment());
      long pid = spawned.process().pid();
      logger.log(Level.INFO, "started pid " + pid + " as generation " + generation());
      return bringUp(spawned, rendezvous);
    } catch (IOException | RuntimeException e) {
      throw new UpgradeFailedException(
          "no process can be started: " + e, List.of(), false, false, e);
    } finally {
      thread = null;
      Thread.interrupted(); // which was meant for what is over
    }
  }

  private Successor bringUp(Spawned spawned, Rendezvous rendezvous) throws UpgradeFailedException {
    Process process = spawned.process();
    Child child;
    try {
      child = meet(rendezvous, spawned);
    } catch (IOException | RuntimeException e) {
      Thread.interrupted();
      var failed = new UpgradeFailedException(why(e, process), List.of(), false, false, e);
      Child.end(process);
      throw failed;
    }
    try {
      letIn(child);
      return shareWith(child);
    } catch (IOException | RuntimeException e) {
      Thread.interrupted();
      boolean accepts = step == Step.ACCEPTING;
      boolean wasAskedToStop = accepts && child.wasAskedToStop();
      var failed =
          new UpgradeFailedException(
              why(e, process), child.lastLines(), accepts, wasAskedToStop, e);
      child.end(accepts, logger);
      close(child, failed);
      throw failed;
    }
  }

  private static void close(Child child, Exception failed) {
    try {
      child.close();
    } catch (IOException e) {
      failed.addSuppressed(e);
    }
  }

  /** Gives up: the child is ended. Any thread; does not wait. */
  void giveUp() {
    givenUp = true;
    Thread waiting = thread;
    if (waiting != null) {
      waiting.interrupt();
    }
  }

  private int generation() {
    return legacy.generation();
  }

  /** Waits for the child, and for nobody else. */
  private Child meet(Rendezvous rendezvous, Spawned spawned) throws IOException {
    Process process = spawned.process();
    while (process.isAlive() && !givenUp) {
      if (end - System.nanoTime() <= 0) {
        throw new SocketTimeoutException("it never asked for the listeners");
      }
      Optional<SocketChannel> somebody = rendezvous.accept(LOOK);
      if (somebody.isEmpty()) {
        continue;
      }
      Connection connection = new Connection(() -> kernel, somebody.get());
      try {
        connection.receive(Message.Hello.class, INTRODUCTION);
        long pid = connection.peer();
        if (pid == process.pid()) {
          return new Child(spawned, generation(), connection);
        }
        logger.log(Level.WARNING, "pid " + pid + " asked for the listeners; it gets none");
      } catch (ProtocolException e) {
        strange = "somebody asked for the listeners with " + e.getMessage();
        logger.log(Level.WARNING, strange);
      } catch (IOException e) {
        logger.log(Level.DEBUG, "somebody came and went", e);
      }
      connection.close();
    }
    throw new EOFException("it never asked for the listeners");
  }

  /** When it returns both accept. */
  private void letIn(Child child) throws IOException {
    steps.next("its services start");
    List<Integer> fds = new ArrayList<>();
    for (Claim claim : claims) {
      fds.add(claim.fd(kernel));
    }
    child.send(legacy, List.of(), left());
    child.send(new Message.Sockets(fds.size()), fds, left());
    child.await(Message.Ready.class, left());
    goesOn();
    steps.next("it is let in");
    step = Step.ENTERING;
    child.send(new Message.Enter(), List.of(), ENTERING);
    child.await(Message.Entered.class, ENTERING);
    step = Step.ACCEPTING;
    took = Duration.ofNanos(System.nanoTime() - begun);
  }

  /** The child is cold: it gets some of what is new for half of the time, and then all of it. */
  private Successor shareWith(Child child) throws IOException {
    steps.next("both accept");
    Duration half = options.slowStart().dividedBy(2);
    String failure = half.isZero() ? "" : child.watch(half, isWell);
    if (!failure.isEmpty()) {
      throw new ChildFailedException(failure);
    }
    goesOn();
    steps.next("clients move over");
    table.letGo(kernel, claims, half, logger);
    return new Successor(child, took, table, claims);
  }

  private void goesOn() throws EOFException {
    if (givenUp) {
      throw new EOFException("this process is stopping");
    }
  }

  private Duration left() {
    return Duration.ofNanos(Math.max(0, end - System.nanoTime()));
  }

  /** What to say of the child, whatever it was that told of it. */
  private String why(Exception e, Process child) {
    String who = "pid " + child.pid() + " (generation " + generation() + ") ";
    if (givenUp) {
      return who + "was ended, since this process stops";
    }
    if (e instanceof ChildFailedException) {
      return who + e.getMessage() + " soon after it was let in";
    }
    if (e instanceof ProtocolException) {
      return who + "said " + e.getMessage();
    }
    if (e instanceof SocketTimeoutException) {
      return who
          + (step == Step.COMING
              ? "was not ready after " + text(options.timeout()) + " and was ended" + hint()
              : "did not take the listeners within " + text(ENTERING) + " and was ended");
    }
    if (Child.hasEnded(child)) {
      String when = step == Step.COMING ? "it was ready" : "it had taken the listeners";
      return who + "exited with " + child.exitValue() + " before " + when + hint();
    }
    return who + "cannot be let in: " + e.getMessage();
  }

  /** Another version of srun, say, asks otherwise, gets no answer and ends. */
  private String hint() {
    return strange.isEmpty() ? "" : "; " + strange;
  }

  private static String text(Duration limit) {
    return limit.toString().substring(2).toLowerCase(Locale.ROOT);
  }

  /** The child accepts, and cannot go on. */
  private static final class ChildFailedException extends IOException {
    private static final long serialVersionUID = 1L;

    ChildFailedException(String how) {
      super(how);
    }
  }
}
