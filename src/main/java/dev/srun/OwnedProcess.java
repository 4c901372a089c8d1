package dev.srun;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A child process of a service. Closing it sends TERM to the process and its descendants, waits for
 * them, kills those that have not ended, and waits for these as well.
 */
final class OwnedProcess implements AutoCloseable {

  /** How long at most the process has after TERM. */
  private static final Duration MOST = Duration.ofSeconds(5);

  /** With less time than this for the closing, the process is killed at once. */
  private static final Duration LEAST = Duration.ofMillis(250);

  /** How long the system has to end a process that was killed. */
  private static final Duration AFTER_KILL = Duration.ofSeconds(1);

  private static final long FIRST_LOOK_NANOS = 1_000_000;
  private static final long LAST_LOOK_NANOS = 50_000_000;

  /** More are not named in a line. */
  private static final int MOST_NAMED = 8;

  private final Process process;
  private final Slot slot;
  private final Program program;
  private final String name;

  OwnedProcess(Process process, Slot slot, Program program) {
    this.process = process;
    this.slot = slot;
    this.program = program;
    this.name = hasHandle(process) ? name(process.toHandle()) : process.getClass().getName();
  }

  /** False for a process that is not the JDK's own, of which nothing more is known. */
  private static boolean hasHandle(Process process) {
    try {
      process.toHandle();
      return true;
    } catch (UnsupportedOperationException e) {
      return false;
    }
  }

  /** Without the arguments, which may hold secrets. */
  private static String name(ProcessHandle handle) {
    String command = handle.info().command().orElse("command not known");
    return handle.pid() + " (" + command + ")";
  }

  @Override
  public void close() {
    if (!process.isAlive()) {
      return;
    }
    Set<ProcessHandle> descendants = new LinkedHashSet<>();
    addDescendants(descendants);
    Duration wait = slot.isOver() ? Duration.ZERO : share(slot.context().remaining());
    boolean interrupted = Thread.interrupted();
    if (!interrupted && !wait.isZero()) {
      terminate(descendants);
      try {
        if (awaitEnd(descendants, wait)) {
          return;
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    try {
      kill(descendants, wait, interrupted);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Half of the time is left to what is closed after it. */
  private static Duration share(Duration left) {
    if (left.compareTo(LEAST) < 0) {
      return Duration.ZERO;
    }
    Duration half = left.dividedBy(2);
    return half.compareTo(MOST) < 0 ? half : MOST;
  }

  private void addDescendants(Set<ProcessHandle> known) {
    if (!hasHandle(process)) {
      return;
    }
    List<ProcessHandle> roots = new ArrayList<>(known);
    roots.add(process.toHandle());
    for (ProcessHandle root : roots) {
      root.descendants().forEach(known::add);
    }
  }

  /**
   * By its handle: {@link Process#destroy} would close the streams, and with them its last words.
   */
  private void terminate(Set<ProcessHandle> descendants) {
    if (hasHandle(process)) {
      process.toHandle().destroy();
    } else {
      process.destroy();
    }
    descendants.forEach(ProcessHandle::destroy);
  }

  private void kill(Set<ProcessHandle> descendants, Duration waited, boolean interrupted) {
    addDescendants(descendants); // what has come since
    List<ProcessHandle> left = descendants.stream().filter(OwnedProcess::isLeft).toList();
    boolean killsProcess = process.isAlive();
    if (!killsProcess && left.isEmpty()) {
      return;
    }
    String why =
        interrupted
            ? "the wait for its end was interrupted"
            : waited.isZero()
                ? "no time was left to wait for its end"
                : "it did not end within " + Durations.text(waited) + " of TERM";
    String named = killed(killsProcess, left);
    process.destroyForcibly();
    left.forEach(ProcessHandle::destroyForcibly);
    program.log().warning(program.loggerName(slot), named + " killed: " + why);
    boolean ended = false;
    try {
      ended = awaitEnd(descendants, AFTER_KILL);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      ended = !process.isAlive();
    }
    if (!ended) {
      throw new IllegalStateException(this + " was killed and has not ended");
    }
  }

  private String killed(boolean itself, List<ProcessHandle> descendants) {
    List<String> names = new ArrayList<>();
    if (itself) {
      names.add(hasHandle(process) ? name(process.toHandle()) : name);
    }
    for (ProcessHandle each : descendants) {
      if (names.size() == MOST_NAMED) {
        names.add("and others");
        break;
      }
      names.add(name(each));
    }
    String whose = itself ? "process " : "descendants of process " + name + ": ";
    return whose + String.join(", ", names);
  }

  private boolean awaitEnd(Set<ProcessHandle> descendants, Duration limit)
      throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    if (!process.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS)) {
      return false;
    }
    long pause = FIRST_LOOK_NANOS;
    while (descendants.stream().anyMatch(OwnedProcess::isLeft)) {
      if (System.nanoTime() - end >= 0) {
        return false;
      }
      LockSupport.parkNanos(this, pause);
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      pause = Math.min(2 * pause, LAST_LOOK_NANOS);
    }
    return true;
  }

  /** One that has ended, and whose parent has not been told, has neither command nor arguments. */
  private static boolean isLeft(ProcessHandle handle) {
    ProcessHandle.Info info = handle.info();
    boolean isKnown = info.command().isPresent() || info.commandLine().isPresent();
    return handle.isAlive() && isKnown;
  }

  /** Returns its PID and command. */
  @Override
  public String toString() {
    return "process " + name;
  }
}
