package dev.srun;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Whether there is an admin server, where, and what it may do.
 *
 * @param on whether there may be one
 * @param chosenAddress the address that somebody chose, which has to be free; null for the usual
 * @param debug who may use its debug tools
 * @param heapDumps whether the heap may be dumped
 */
record AdminSettings(
    boolean on, @Nullable InetSocketAddress chosenAddress, DebugAccess debug, boolean heapDumps) {

  /** On every interface, so that an orchestrator's probes reach it. */
  static final int PORT = 8778;

  /** Whether somebody chose the address. */
  boolean chosen() {
    return chosenAddress != null;
  }

  /** Where it is; null for nowhere. Made here: addresses take a while to load. */
  @Nullable InetSocketAddress address() {
    if (!on) {
      return null;
    }
    return chosenAddress == null ? new InetSocketAddress(PORT) : chosenAddress;
  }
}
