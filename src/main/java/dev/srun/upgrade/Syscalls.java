package dev.srun.upgrade;

import java.nio.ByteBuffer;

/** The one foreign function: the system's calls by number. Each adapter has its JDK's way to it. */
interface Syscalls {

  /** Calls the system. The result is its own, or the error's number, negated. */
  long call(long number, long a, long b, long c, long d, long e);

  /** Where a direct buffer's memory begins, its position included. */
  long address(ByteBuffer direct);
}
