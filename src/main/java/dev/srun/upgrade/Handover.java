package dev.srun.upgrade;

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
import java.util.concurrent.TimeUnit;
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

  /** How long a process may take to be seen as ended when its end of the line is. */
  private static final Duration A_MOMENT = Duration.ofMillis(500);

  /** What a child that is asked to end may take. */
  private static final Duration LAST_WILL = Duration.ofSeconds(2);

  private final Kernel kernel;
  private final ListenerTable table;
  private final Spawner spawner;
  private final System.Logger logger;
  private final Message.Legacy legacy;
  private final long end;
  private final Duration timeout;
  private final List<Claim> claims;
  private String strange = "";
  private boolean entering;
  private volatile @Nullable Thread thread;
  private volatile boolean givenUp;

  /**
   * Makes one.
   *
   * @param generation the child's
   * @param trace the trace that the upgrade is part of; empty where there is none
   * @param timeout how long the child may take until it is ready
   */
  Handover(
      Kernel kernel,
      ListenerTable table,
      Spawner spawner,
      System.Logger logger,
      int generation,
      String trace,
      Duration timeout) {
    this.kernel = kernel;
    this.table = table;
    this.spawner = spawner;
    this.logger = logger;
    this.timeout = timeout;
    this.end = System.nanoTime() + timeout.toNanos();
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
    try (Rendezvous rendezvous = Rendezvous.open()) {
      return bringUp(spawner.start(rendezvous.environment()), rendezvous);
    } catch (IOException | RuntimeException e) {
      throw new UpgradeFailedException("no process can be started: " + e, e);
    } finally {
      thread = null;
      Thread.interrupted(); // which was meant for what is over
    }
  }

  private Successor bringUp(Process child, Rendezvous rendezvous) throws UpgradeFailedException {
    Connection connection = null;
    try {
      logger.log(Level.INFO, "started pid " + child.pid() + " as generation " + generation());
      connection = meet(rendezvous, child);
      return letIn(connection, child);
    } catch (IOException | RuntimeException e) {
      Thread.interrupted();
      var failed = new UpgradeFailedException(why(e, child), e);
      end(child); // before the line is cut, or it would take this process for dead
      close(connection, failed);
      throw failed;
    }
  }

  private static void close(@Nullable Connection connection, Exception failed) {
    try {
      if (connection != null) {
        connection.close();
      }
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
  private Connection meet(Rendezvous rendezvous, Process child) throws IOException {
    while (child.isAlive() && !givenUp) {
      if (end - System.nanoTime() <= 0) {
        throw new SocketTimeoutException("it never asked for the listeners");
      }
      Optional<SocketChannel> somebody = rendezvous.accept(LOOK);
      if (somebody.isEmpty()) {
        continue;
      }
      Connection connection = new Connection(kernel, somebody.get());
      try {
        long pid = connection.receive(Message.Hello.class, INTRODUCTION).pid();
        if (pid == child.pid()) {
          return connection;
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

  private Successor letIn(Connection connection, Process child) throws IOException {
    List<Integer> fds = new ArrayList<>();
    for (Claim claim : claims) {
      fds.add(claim.fd(kernel));
    }
    connection.send(legacy, fds, left());
    connection.receive(Message.Ready.class, left());
    if (givenUp) {
      throw new EOFException("this process is stopping");
    }
    entering = true;
    connection.send(new Message.Enter(), ENTERING);
    connection.receive(Message.Entered.class, ENTERING);
    table.letGo(kernel, claims, logger);
    return new Successor(child, generation(), connection, table, claims);
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
    if (e instanceof ProtocolException) {
      return who + "said " + e.getMessage();
    }
    if (e instanceof SocketTimeoutException) {
      return who
          + (entering
              ? "did not take the listeners within " + text(ENTERING) + " and was ended"
              : "was not ready after " + text(timeout) + " and was ended" + hint());
    }
    if (hasEnded(child, A_MOMENT)) {
      String when = entering ? " before it had taken the listeners" : " before it was ready";
      return who + "exited with " + child.exitValue() + when + hint();
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

  private static void end(Process child) {
    child.destroy();
    if (!hasEnded(child, LAST_WILL)) {
      child.destroyForcibly();
      hasEnded(child, LAST_WILL);
    }
  }

  private static boolean hasEnded(Process child, Duration limit) {
    try {
      return child.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return !child.isAlive();
    }
  }
}
