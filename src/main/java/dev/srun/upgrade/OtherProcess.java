package dev.srun.upgrade;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * A process that need not be a child of this one. Also one that has ended and whose exit nobody has
 * asked for counts as gone: it runs nothing and holds nothing.
 *
 * @param pid its number
 * @param started when, as the system has it: tells it from a later one of that number
 */
record OtherProcess(long pid, String started) {
  private static final Duration LOOK = Duration.ofMillis(50);
  private static final String NEVER = "";

  /** Where the state and the start are behind the program's name; see proc_pid_stat(5). */
  private static final int STATE = 0;

  private static final int PARENT = 1;
  private static final int START = 19;

  /** The unit of the start, on every Linux. */
  private static final Duration TICK = Duration.ofMillis(10);

  static OtherProcess of(long pid) {
    String[] stat = stat(pid);
    return new OtherProcess(pid, stat.length > START ? stat[START] : NEVER);
  }

  boolean isGone() {
    String[] stat = stat(pid);
    return stat.length <= START || !stat[START].equals(started) || stat[STATE].matches("[ZX]");
  }

  /** Returns the PID of its parent; 0 if it is gone. */
  long parent() {
    return isGone() ? 0 : Long.parseLong(stat(pid)[PARENT]);
  }

  /** Waits until it is gone; false if the limit came first. */
  boolean awaitEnd(Duration limit) throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    while (!isGone()) {
      long left = end - System.nanoTime();
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      if (left <= 0) {
        return false;
      }
      LockSupport.parkNanos(this, Math.min(left, LOOK.toNanos()));
    }
    return true;
  }

  /**
   * How long ago it was started, to some hundredths of a second: what the JDK says is wrong by up
   * to a second. Empty if that is not known.
   */
  Optional<Duration> age() {
    try {
      return started.equals(NEVER)
          ? Optional.empty()
          : Optional.of(ageAt(Files.readString(Path.of("/proc/uptime"))));
    } catch (IOException noProc) {
      return Optional.empty();
    }
  }

  Duration ageAt(String uptime) {
    long ticksUp = Math.round(Double.parseDouble(uptime.split(" ", 2)[0]) * 100);
    return TICK.multipliedBy(Math.max(0, ticksUp - Long.parseLong(started)));
  }

  private static String[] stat(long pid) {
    try {
      Path file = Path.of("/proc", Long.toString(pid), "stat");
      String text = Files.readString(file, StandardCharsets.ISO_8859_1);
      return text.substring(text.lastIndexOf(')') + 1).strip().split(" ", -1);
    } catch (IOException gone) {
      return new String[0];
    }
  }
}
