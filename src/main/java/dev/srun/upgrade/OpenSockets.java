package dev.srun.upgrade;

import java.io.File;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * The sockets that this process has open. The JDK does not tell which file descriptor a channel
 * has, but the system tells each one's names.
 */
final class OpenSockets {
  private static final Path TABLE = Path.of("/proc/self/fd");

  private static final int SOL_SOCKET = 1;
  private static final int SO_TYPE = 3;
  private static final int SO_PEERCRED = 17;
  private static final int IPPROTO_TCP = 6;
  private static final int TCP_INFO = 11;
  private static final int TCP_INFO_LENGTH = 104;
  private static final int TCP_INFO_UNACKED = 24;
  private static final int SO_ACCEPTCONN = 30;
  private static final int SO_DOMAIN = 39;
  private static final int SOCK_STREAM = 1;

  /** Where the length of a name stands, behind the longest. */
  private static final int NAME_LENGTH = SocketName.LONGEST + 2;

  private final SystemCalls system;

  OpenSockets(SystemCalls system) {
    this.system = system;
  }

  /** The only one that listens there. */
  int listener(SocketAddress address) throws IOException {
    List<Integer> found = all(fd -> isListener(fd) && isNamed(fd, Call.GETSOCKNAME, address));
    if (found.size() != 1) {
      throw new IOException(
          found.isEmpty()
              ? "this process does not listen on " + address
              : "more than one file descriptor listens on " + address + ": " + found);
    }
    return found.get(0);
  }

  /** Whether one is connected at this end of such a listener, which may be closed by now. */
  boolean hasConnections(SocketAddress listener) throws IOException {
    return !some(1, fd -> isAccepted(fd, listener)).isEmpty();
  }

  private boolean isAccepted(int fd, SocketAddress listener) {
    try {
      return SocketName.isAt(name(fd, Call.GETSOCKNAME), listener)
          && !isListener(fd)
          && option(fd, SO_TYPE) == SOCK_STREAM
          && isConnected(fd);
    } catch (IOException anotherFile) {
      return false;
    }
  }

  /** The other side may have closed its end. */
  private boolean isConnected(int fd) {
    try (Memory name = system.memory(NAME_LENGTH + Integer.BYTES)) {
      return read(name, fd, Call.GETPEERNAME) >= 0;
    }
  }

  /** Where a socket listens. */
  SocketAddress addressOf(int fd) throws IOException {
    String thing = SystemCalls.fd(fd);
    SystemCalls.checked(Call.GETSOCKOPT, thing, option(fd, SO_ACCEPTCONN));
    if (!isListener(fd)) {
      throw new IOException(thing + " is no listening stream socket");
    }
    return name(fd, Call.GETSOCKNAME);
  }

  private boolean isListener(int fd) {
    return option(fd, SO_ACCEPTCONN) == 1 && option(fd, SO_TYPE) == SOCK_STREAM;
  }

  /**
   * A file descriptor of its own for a connected UNIX channel, which is found by the names of both
   * its ends. It stays the same socket even if the channel is closed meanwhile.
   */
  int duplicateOf(SocketChannel channel) throws IOException {
    SocketAddress here = channel.getLocalAddress();
    SocketAddress there = channel.getRemoteAddress();
    if (there == null) {
      throw new NotYetConnectedException();
    }
    if (!SocketName.isBoundUnix(here) || !SocketName.isBoundUnix(there)) {
      throw new IOException(
          "both ends of a UNIX channel have to be bound to a path to be told from others: "
              + channel);
    }
    List<Integer> found = all(fd -> isBetween(fd, here, there));
    if (sockets(found, here, there).size() > 1) {
      throw new IOException("more than one connection is between " + here + " and " + there);
    }
    for (int fd : found) {
      int duplicate = system.duplicate(fd);
      if (isBetween(duplicate, here, there)) {
        return duplicate;
      }
      system.result(Call.CLOSE, duplicate);
    }
    if (!channel.isOpen()) {
      throw new ClosedChannelException();
    }
    throw new IOException("no file descriptor is between " + here + " and " + there);
  }

  /** The PID at the other end of a connected UNIX channel, which struct ucred begins with. */
  long peer(SocketChannel channel) throws IOException {
    int fd = duplicateOf(channel);
    try {
      return SystemCalls.checked(
          Call.GETSOCKOPT, "the channel " + channel, option(fd, SO_PEERCRED));
    } finally {
      system.result(Call.CLOSE, fd);
    }
  }

  /** The length of the accept queue, which is where struct tcp_info has it for a listener. */
  int waiting(int fd) throws IOException {
    try (Memory info = system.memory(TCP_INFO_LENGTH + Integer.BYTES)) {
      info.bytes().putInt(TCP_INFO_LENGTH, TCP_INFO_LENGTH);
      long length = info.address() + TCP_INFO_LENGTH;
      String thing = SystemCalls.fd(fd);
      system.call(Call.GETSOCKOPT, thing, fd, IPPROTO_TCP, TCP_INFO, info.address(), length);
      return info.bytes().getInt(TCP_INFO_UNACKED);
    }
  }

  private boolean isBetween(int fd, SocketAddress here, SocketAddress there) {
    return option(fd, SO_DOMAIN) == SocketName.AF_UNIX
        && isNamed(fd, Call.GETSOCKNAME, here)
        && isNamed(fd, Call.GETPEERNAME, there);
  }

  /**
   * What the file descriptors are, told by the numbers of the sockets: duplicates are one. A
   * duplicate that another thread has closed since may be another file's by now, and does not
   * count.
   */
  private Set<Path> sockets(List<Integer> fds, SocketAddress here, SocketAddress there) {
    Set<Path> sockets = new HashSet<>();
    for (int fd : fds) {
      try {
        Path socket = Files.readSymbolicLink(TABLE.resolve(String.valueOf(fd)));
        if (isBetween(fd, here, there)) {
          sockets.add(socket);
        }
      } catch (IOException e) {
        // It was closed meanwhile.
      }
    }
    return sockets;
  }

  private static List<Integer> all(IntPredicate which) throws IOException {
    return some(Integer.MAX_VALUE, which);
  }

  private static List<Integer> some(int most, IntPredicate which) throws IOException {
    String[] names = new File(TABLE.toString()).list();
    if (names == null) {
      throw new IOException("the open files of this process cannot be read: " + TABLE);
    }
    List<Integer> fds = new ArrayList<>();
    for (int i = 0; i < names.length && fds.size() < most; i++) {
      int fd = Integer.parseInt(names[i]);
      if (which.test(fd)) {
        fds.add(fd);
      }
    }
    return fds;
  }

  private boolean isNamed(int fd, Call nameOfEnd, SocketAddress address) {
    try {
      return SocketName.isSame(name(fd, nameOfEnd), address);
    } catch (IOException anotherSocket) {
      return false;
    }
  }

  private SocketAddress name(int fd, Call ofEnd) throws IOException {
    try (Memory name = system.memory(NAME_LENGTH + Integer.BYTES)) {
      SystemCalls.checked(ofEnd, SystemCalls.fd(fd), read(name, fd, ofEnd));
      return SocketName.read(name.bytes(), name.bytes().getInt(NAME_LENGTH));
    }
  }

  /** Has the name of an end written, and its length behind that; the error's number, negated. */
  private long read(Memory into, int fd, Call nameOfEnd) {
    into.bytes().putInt(NAME_LENGTH, SocketName.LONGEST);
    return system.result(nameOfEnd, fd, into.address(), into.address() + NAME_LENGTH);
  }

  /** The value of a socket's option, or the error's number, negated. */
  private long option(int fd, int option) {
    try (Memory value = system.memory(2 * Integer.BYTES)) {
      value.bytes().putInt(Integer.BYTES, Integer.BYTES);
      long length = value.address() + Integer.BYTES;
      long result = system.result(Call.GETSOCKOPT, fd, SOL_SOCKET, option, value.address(), length);
      return result < 0 ? result : value.bytes().getInt(0);
    }
  }
}
