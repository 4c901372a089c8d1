package dev.srun.upgrade;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.BooleanSupplier;

/** The system's calls as the JDK's are: an error is an exception, a wait can be interrupted. */
final class SystemCalls {
  /** How long a thread waits in the system, where no interrupt reaches it. */
  private static final long LONGEST_WAIT = 50_000_000;

  private static final int F_DUPFD_CLOEXEC = 1030;
  private static final int FIRST = 3;

  private final Syscalls syscalls;
  private final boolean onArm;

  SystemCalls(Syscalls syscalls, boolean onArm) {
    this.syscalls = syscalls;
    this.onArm = onArm;
  }

  Memory memory(int size) {
    return Memory.of(size, syscalls);
  }

  /**
   * Makes a call, again if a signal came in between.
   *
   * @return what the call returns, or the error's number, negated
   */
  long result(Call call, long... arguments) {
    long number = onArm ? call.onArm() : call.onX86();
    long[] five = Arrays.copyOf(arguments, 5);
    while (true) {
      long result = syscalls.call(number, five[0], five[1], five[2], five[3], five[4]);
      if (result != -Errno.EINTR || call == Call.CLOSE) { // a closed one may be another's by then
        return result;
      }
    }
  }

  /**
   * Makes a call that should not fail.
   *
   * @param thing what the call is about, for the exception
   */
  int call(Call call, String thing, long... arguments) throws IOException {
    return checked(call, thing, result(call, arguments));
  }

  static int checked(Call call, String thing, long result) throws IOException {
    if (result < 0) {
      throw new IOException(call + " of " + thing + " failed: " + Errno.name((int) -result));
    }
    return (int) result;
  }

  /**
   * Waits until one of the events is there, or the other end is gone.
   *
   * @param deadline on the clock of System.nanoTime
   * @param goesOn false once nobody wants to wait any more, because the channel was closed
   */
  void await(int fd, int events, long deadline, String thing, BooleanSupplier goesOn)
      throws IOException {
    try (Memory memory = memory(24)) { // struct pollfd, struct timespec
      long ready = 0;
      while (ready == 0) {
        long left = deadline - System.nanoTime();
        if (Thread.currentThread().isInterrupted()) {
          throw new InterruptedIOException("interrupted while waiting for " + thing);
        }
        if (!goesOn.getAsBoolean()) {
          throw new ClosedChannelException();
        }
        if (left <= 0) {
          throw new SocketTimeoutException("waited too long for " + thing);
        }
        memory.bytes().putInt(0, fd).putShort(4, (short) events);
        memory.bytes().putLong(8, 0).putLong(16, Math.min(left, LONGEST_WAIT));
        ready = call(Call.PPOLL, thing, memory.address(), 1, memory.address() + 8);
      }
    }
  }

  /** Another one for the same thing, not in the place of a standard stream, closed on exec. */
  int duplicate(int fd) throws IOException {
    return call(Call.FCNTL, fd(fd), fd, F_DUPFD_CLOEXEC, FIRST);
  }

  /** What a file descriptor is called in messages. */
  static String fd(int fd) {
    return "file descriptor " + fd;
  }

  static long deadline(Duration limit) {
    return System.nanoTime() + limit.toNanos();
  }
}
