package dev.srun;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Locale;

/**
 * A listener cannot listen on its address. Where the address is taken the message says by which
 * process, as far as the system tells (Linux, and a process that may be looked into).
 */
public final class BindFailedException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String listener;
  private final SocketAddress address;

  /**
   * Looks up who has the address.
   *
   * @param listener the listener's name
   * @param address where it was to listen
   * @param cause what the system said
   */
  public BindFailedException(String listener, SocketAddress address, Exception cause) {
    super(
        "listener '%s' cannot listen on %s: %s"
            .formatted(listener, text(address), reason(address, cause)),
        cause);
    this.listener = listener;
    this.address = address;
  }

  /**
   * Returns the listener's name.
   *
   * @return the name
   */
  public String listener() {
    return listener;
  }

  /**
   * Returns where it was to listen.
   *
   * @return the address
   */
  public SocketAddress address() {
    return address;
  }

  private static String text(SocketAddress address) {
    if (!(address instanceof InetSocketAddress inet)) {
      return address.toString();
    }
    String host = inet.isUnresolved() ? inet.getHostString() : inet.getAddress().getHostAddress();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + inet.getPort();
  }

  private static String reason(SocketAddress address, Exception cause) {
    String said = String.valueOf(cause.getMessage());
    if (!(cause instanceof BindException)) {
      return cause.toString();
    }
    if (!said.toLowerCase(Locale.ROOT).contains("in use")) {
      return said;
    }
    String holder =
        address instanceof InetSocketAddress inet ? PortHolder.onThisSystem().of(inet) : "";
    return "address already in use" + (holder.isEmpty() ? "" : " by " + holder);
  }
}
