package dev.srun.upgrade;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.file.InvalidPathException;

/** The address of a socket as the system has it, a struct sockaddr, and as the JDK has it. */
final class SocketName {

  /** Holds the longest, that of a UNIX socket. */
  static final int LONGEST = 110;

  static final int AF_UNIX = 1;
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int PATH = 2;

  private SocketName() {}

  /**
   * Reads one.
   *
   * @throws IOException for a family that the JDK does not know, and an abstract UNIX name
   */
  static SocketAddress read(ByteBuffer name, int length) throws IOException {
    int family = length < 2 ? 0 : name.getShort(0);
    return switch (family) {
      case AF_UNIX -> unix(bytes(name, PATH, Math.min(length, LONGEST) - PATH));
      case AF_INET -> new InetSocketAddress(ip(bytes(name, 4, 4), 0), port(name));
      case AF_INET6 -> new InetSocketAddress(ip(bytes(name, 8, 16), name.getInt(24)), port(name));
      default -> throw new IOException("neither a TCP nor a UNIX socket, but of family " + family);
    };
  }

  private static byte[] bytes(ByteBuffer name, int from, int length) {
    byte[] bytes = new byte[length];
    name.get(from, bytes);
    return bytes;
  }

  private static int port(ByteBuffer name) {
    return Short.toUnsignedInt(name.duplicate().order(ByteOrder.BIG_ENDIAN).getShort(2));
  }

  /** An IPv4 address that is mapped into IPv6 becomes an IPv4 address. */
  private static InetAddress ip(byte[] bytes, int scope) throws IOException {
    return scope == 0
        ? InetAddress.getByAddress(bytes)
        : Inet6Address.getByAddress(null, bytes, scope);
  }

  private static SocketAddress unix(byte[] path) throws IOException {
    int length = 0;
    while (length < path.length && path[length] != 0) {
      length++;
    }
    if (length == 0 && path.length > 0) {
      throw new IOException("a UNIX socket with an abstract name, which the JDK does not know");
    }
    try {
      return UnixDomainSocketAddress.of(new String(path, 0, length, encoding()));
    } catch (InvalidPathException e) {
      throw new IOException("a UNIX socket at a path that this JVM cannot name", e);
    }
  }

  /** That of the JDK for paths. */
  private static Charset encoding() {
    return Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
  }

  /**
   * Writes a UNIX name.
   *
   * @param path a leading @ makes it abstract
   * @return its length
   */
  static int write(String path, ByteBuffer name) throws IOException {
    if (!path.startsWith("/") && !path.startsWith("@")) {
      throw new IOException("a UNIX socket's path begins with / or @, not as this one: " + path);
    }
    byte[] bytes = path.getBytes(encoding());
    boolean isAbstract = bytes[0] == '@';
    if (bytes.length > LONGEST - PATH - 1) {
      throw new IOException("a UNIX socket's path has 107 bytes at most, this one more: " + path);
    }
    name.putShort(0, (short) AF_UNIX).put(PATH, bytes);
    if (isAbstract) {
      name.put(PATH, (byte) 0);
    }
    return PATH + bytes.length + (isAbstract ? 0 : 1);
  }

  /** Whether both are the same place to listen at: all IPv4 and all IPv6 interfaces are one. */
  static boolean isSame(SocketAddress one, SocketAddress other) {
    if (one instanceof InetSocketAddress a && other instanceof InetSocketAddress b) {
      return a.getPort() == b.getPort() && !a.isUnresolved() && !b.isUnresolved() && isSame(a, b);
    }
    if (one instanceof UnixDomainSocketAddress a && other instanceof UnixDomainSocketAddress b) {
      return isBoundUnix(a)
          && isBoundUnix(b)
          && a.getPath()
              .toAbsolutePath()
              .normalize()
              .equals(b.getPath().toAbsolutePath().normalize());
    }
    return false;
  }

  private static boolean isSame(InetSocketAddress a, InetSocketAddress b) {
    return a.getAddress().equals(b.getAddress())
        || (a.getAddress().isAnyLocalAddress() && b.getAddress().isAnyLocalAddress());
  }

  /** Whether a connection that is named so at this end can have come to such a listener. */
  static boolean isAt(SocketAddress local, SocketAddress listener) {
    return isSame(local, listener)
        || (local instanceof InetSocketAddress here
            && listener instanceof InetSocketAddress any
            && any.getAddress().isAnyLocalAddress()
            && here.getPort() == any.getPort());
  }

  /** Whether it is that of a UNIX socket that is bound to a path. */
  static boolean isBoundUnix(SocketAddress address) {
    return address instanceof UnixDomainSocketAddress unix && !unix.getPath().toString().isEmpty();
  }
}
