package dev.srun;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Whether there is an admin server, where, and what it may do.
 *
 * @param address null for none
 * @param chosen whether somebody chose that address, so that it has to be free
 * @param debug who may use its debug tools
 * @param heapDumps whether the heap may be dumped
 */
record AdminSettings(
    @Nullable InetSocketAddress address, boolean chosen, DebugAccess debug, boolean heapDumps) {

  /** On every interface, so that an orchestrator's probes reach it. */
  static final int PORT = 8778;
}
