package dev.srun.upgrade;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * With java.lang.foreign as it is final: for JDK 25 and newer, with preview features or without.
 */
final class Syscalls25 implements Syscalls {
  private static final int ARGUMENTS = 6;

  private final MethodHandle syscall;

  @SuppressWarnings("restricted") // which is why the JVM wants --enable-native-access
  Syscalls25() {
    ValueLayout[] arguments = new ValueLayout[ARGUMENTS];
    Arrays.fill(arguments, ValueLayout.JAVA_LONG);
    Linker linker = Linker.nativeLinker();
    // A C function long syscall(long, ...): said to be variadic, it is right wherever there is one.
    this.syscall =
        linker.downcallHandle(
            linker.defaultLookup().find("syscall").orElseThrow(UnsatisfiedLinkError::new),
            FunctionDescriptor.of(ValueLayout.JAVA_LONG, arguments),
            Linker.Option.firstVariadicArg(1),
            Linker.Option.captureCallState("errno"));
  }

  @Override
  public long call(long number, long a, long b, long c, long d, long e) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(Linker.Option.captureStateLayout());
      long result = (long) syscall.invokeExact(errno, number, a, b, c, d, e);
      return result == -1 ? -errno.get(ValueLayout.JAVA_INT, 0) : result;
    } catch (RuntimeException | Error failed) {
      throw failed;
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
  }

  @Override
  public long address(ByteBuffer direct) {
    return MemorySegment.ofBuffer(direct).address();
  }
}
