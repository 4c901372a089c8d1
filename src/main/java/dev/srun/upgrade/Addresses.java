package dev.srun.upgrade;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;

/** Addresses as they are told by one generation to the next. */
final class Addresses {
  private static final String UNIX = "unix:";

  private Addresses() {}

  /** Such as {@code 127.0.0.1:8080}, {@code [::1]:8080} or {@code unix:/run/app.sock}. */
  static String text(SocketAddress address) {
    if (address instanceof UnixDomainSocketAddress unix) {
      return UNIX + unix.getPath();
    }
    InetSocketAddress inet = (InetSocketAddress) address;
    String host = inet.isUnresolved() ? inet.getHostString() : inet.getAddress().getHostAddress();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + inet.getPort();
  }

  /**
   * The address of which {@link #text} is the text.
   *
   * @throws IllegalArgumentException if it is of none
   */
  static SocketAddress of(String text) {
    if (text.startsWith(UNIX)) {
      return UnixDomainSocketAddress.of(text.substring(UNIX.length()));
    }
    int colon = text.lastIndexOf(':');
    if (colon < 1) {
      throw new IllegalArgumentException("'" + text + "' is no address: expected HOST:PORT");
    }
    String host = text.substring(0, colon).replaceAll("^\\[|]$", "");
    try {
      return new InetSocketAddress(
          InetAddress.getByName(host), Integer.parseInt(text.substring(colon + 1)));
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("'" + text + "' is no address: unknown host", e);
    }
  }
}
