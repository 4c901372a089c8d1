package dev.srun.upgrade;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * The next generation as its parent sees it: its process, the line to it, and what it said last.
 * Used by one thread.
 */
final class Child implements AutoCloseable {

  /** How many of its lines are kept. */
  private static final int LINES = 10;

  /** What a message to it may take. */
  private static final Duration TELLING = Duration.ofSeconds(2);

  /** What it may take to answer what it has when its parent serves again. */
  private static final Duration LEAVING = Duration.ofSeconds(10);

  /** How long a process may take to be seen as ended when its end of the line is. */
  private static final Duration A_MOMENT = Duration.ofMillis(500);

  /** What it may take to end when it is asked to. */
  private static final Duration LAST_WILL = Duration.ofSeconds(2);

  /** What who was asked exits with: nothing, or 128 and the number of INT or TERM. */
  private static final Set<Integer> ASKED = Set.of(0, 130, 143);

  private final Spawned spawned;
  private final Process process;
  private final int generation;
  private final Connection line;
  private final Deque<String> said = new ArrayDeque<>();
  private boolean askedToStop;

  Child(Spawned spawned, int generation, Connection line) {
    this.spawned = spawned;
    this.process = spawned.process();
    this.generation = generation;
    this.line = line;
  }

  long pid() {
    return process.pid();
  }

  int generation() {
    return generation;
  }

  /** Makes it a child of whatever supervises this process. */
  void leaveToSupervisor() throws IOException {
    spawned.leaveToSupervisor();
  }

  /** What it has logged last, the oldest first. */
  List<String> lastLines() {
    return List.copyOf(said);
  }

  void send(Message message, List<Integer> fds, Duration limit) throws IOException {
    line.send(message, fds, limit);
  }

  void send(Message message) throws IOException {
    line.send(message, TELLING);
  }

  /** Waits for a message of that kind; what it has logged is kept meanwhile. */
  <T extends Message> T await(Class<T> kind, Duration limit) throws IOException {
    return Connection.of(kind, next(limit));
  }

  private Message next(Duration limit) throws IOException {
    long end = System.nanoTime() + limit.toNanos();
    Message message = line.receive(limit);
    while (isTakenNoteOf(message)) {
      message = line.receive(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
    }
    return message;
  }

  /** Whether a message is one that nobody waits for. */
  private boolean isTakenNoteOf(Message message) {
    if (message instanceof Message.AskedToStop) {
      askedToStop = true;
      return true;
    }
    if (message instanceof Message.Said logged) {
      if (said.size() == LINES) {
        said.removeFirst();
      }
      said.addLast(logged.line());
      return true;
    }
    return false;
  }

  /**
   * Watches it for a while.
   *
   * @param thisIsWell whether this process would serve better than one that is not well
   * @return why it cannot serve; empty if it has been well all the time
   * @throws InterruptedIOException if this thread is not to wait
   */
  String watch(Duration limit, BooleanSupplier thisIsWell) throws InterruptedIOException {
    try {
      Message.Unwell unwell = await(Message.Unwell.class, limit);
      return thisIsWell.getAsBoolean() ? "was UNHEALTHY (" + unwell.why() + ")" : "";
    } catch (SocketTimeoutException nothingWasSaid) {
      return process.isAlive() ? "" : howItEnded();
    } catch (ProtocolException e) {
      return "said " + e.getMessage();
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException theLineIsDead) {
      return hasEnded(process) ? howItEnded() : "has closed the line";
    }
  }

  /** For the end of a sentence. */
  String howItEnded() {
    return process.isAlive() ? "it does not end" : "exited with " + process.exitValue();
  }

  /**
   * Whether it ends, or has ended, because somebody wanted it to, and the program with it: as it
   * says itself; or, where it had no time for that, in order, or by TERM or INT.
   */
  boolean wasAskedToStop() {
    return askedToStop || (!process.isAlive() && ASKED.contains(process.exitValue()));
  }

  /** Whether it has ended, or does so in a moment. */
  static boolean hasEnded(Process process) {
    return hasEnded(process, A_MOMENT);
  }

  private static boolean hasEnded(Process process, Duration limit) {
    try {
      return process.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return !process.isAlive();
    }
  }

  /**
   * Ends it, and returns when it has: asks one that accepts to answer what it has, asks it to stop,
   * and kills it. The line is not cut before, or it would take this process for dead.
   *
   * @param accepts whether it was let in
   */
  void end(boolean accepts, System.Logger logger) {
    if (accepts && process.isAlive()) {
      try {
        send(new Message.Leave());
        hasEnded(process, LEAVING);
      } catch (IOException e) {
        logger.log(System.Logger.Level.DEBUG, "it cannot be told to leave", e);
      }
    }
    end(process);
  }

  /** Waits until it has ended by itself. */
  void awaitEnd() throws InterruptedException {
    process.waitFor();
  }

  /** Ends a process that has not come so far. */
  static void end(Process process) {
    process.destroy();
    if (!hasEnded(process, LAST_WILL)) {
      process.destroyForcibly();
      hasEnded(process, LAST_WILL);
    }
  }

  @Override
  public void close() throws IOException {
    line.close();
  }
}
