package dev.srun.upgrade;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Memory that a system call reads or writes, laid out by hand. It stays where it is until closed;
 * only positions are given, its own position stays 0.
 *
 * @param bytes zeroes, in the machine's order
 * @param address where they begin
 */
record Memory(ByteBuffer bytes, long address) implements AutoCloseable {

  static Memory of(int size, Syscalls syscalls) {
    ByteBuffer bytes = ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
    return new Memory(bytes, syscalls.address(bytes));
  }

  /** From here on the garbage collector may have it. */
  @Override
  @SuppressWarnings("ReachabilityFenceUsage") // try-with-resources is the finally block
  public void close() {
    Reference.reachabilityFence(bytes);
  }
}
