package dev.srun.upgrade;

import java.net.SocketAddress;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A listening socket that came from outside: from the program whose place this one takes, or from
 * whoever started it.
 *
 * @param name the listener's name
 * @param requested where it was asked to listen: may have port 0; null where that is for whoever
 *     started the program to say, and its name is enough
 * @param address where it listens
 * @param lent whether it stays with whoever started the first generation, as systemd's do
 * @param fd its number in this process, once it is here
 */
record Inherited(
    String name,
    @Nullable SocketAddress requested,
    SocketAddress address,
    boolean lent,
    CompletableFuture<Integer> fd) {

  /** One that is still under way. */
  Inherited(String name, @Nullable SocketAddress requested, SocketAddress address, boolean lent) {
    this(name, requested, address, lent, new CompletableFuture<>());
  }

  /** Whether a service that asks for this means it: by the address, or any port of that name. */
  boolean isFor(String wanted, SocketAddress where) {
    boolean isOfThatName = name.equals(wanted) && address.getClass() == where.getClass();
    return SocketName.isSame(address, where)
        || (isOfThatName && (requested == null || SocketName.isSame(requested, where)));
  }
}
