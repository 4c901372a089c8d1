package dev.srun;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Time and processes, as far as a {@link BlackBox} needs them.
 *
 * @param nanoTime as {@link System#nanoTime}
 * @param clock the time of day
 * @param pid this process
 * @param parent the process that has started this one; 0 where nobody says
 * @param startOf when a live process started; null where there is none of that number, or nobody
 *     says
 */
record Machine(
    LongSupplier nanoTime,
    InstantSource clock,
    long pid,
    long parent,
    LongFunction<@Nullable Instant> startOf) {

  /**
   * How far two processes may be apart about the start of a third: each reckons it from the time
   * since boot, and the clock may have been set in between.
   */
  private static final Duration SAME_START = Duration.ofSeconds(2);

  static Machine of(Host host) {
    ProcessHandle self = ProcessHandle.current();
    long parent = self.parent().map(ProcessHandle::pid).orElse(0L);
    return new Machine(host::nanoTime, host::now, self.pid(), parent, Machine::startOf);
  }

  private static @Nullable Instant startOf(long pid) {
    return ProcessHandle.of(pid)
        .filter(ProcessHandle::isAlive)
        .flatMap(process -> process.info().startInstant())
        .orElse(null);
  }

  /** Whether a process lives, and is the one that started then, not a later one of its number. */
  boolean isAlive(long process, @Nullable Instant started) {
    Instant found = started == null ? null : startOf.apply(process);
    if (found == null) {
      return false;
    }
    // About itself a process is never of two minds; a container's is always number 1.
    return process == pid
        ? found.equals(started)
        : Duration.between(started, found).abs().compareTo(SAME_START) <= 0;
  }
}
