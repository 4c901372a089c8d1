package dev.srun.upgrade;

import java.io.EOFException;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Linux on x86_64 and aarch64: numbers and structures are the kernel's own, whatever the libc. */
final class LinuxKernel implements Kernel {
  private static final int O_NONBLOCK = 0x800;
  private static final int O_CLOEXEC = 0x8_0000;
  private static final int F_GETFD = 1;
  private static final int F_GETFL = 3;
  private static final int F_SETFL = 4;
  private static final int SHUT_RDWR = 2;
  private static final int SOCK_DGRAM = 2;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int MSG_CMSG_CLOEXEC = 0x4000_0000;
  private static final int POLLIN = 1;
  private static final int POLLOUT = 4;
  private static final int POLLHUP = 0; // is told anyway

  private final SystemCalls system;
  private final OpenSockets sockets;

  LinuxKernel(Syscalls syscalls, boolean onArm) {
    this.system = new SystemCalls(syscalls, onArm);
    this.sockets = new OpenSockets(system);
  }

  // Which one

  static Found find(String os, String machine, int release) {
    boolean onArm = machine.equals("aarch64");
    if (!os.equals("Linux") || !(onArm || machine.equals("amd64"))) {
      return none("it works on Linux on x86_64 and aarch64, and this is " + os + " on " + machine);
    }
    if (release != 21 && release < 25) {
      return none("there is no adapter for JDK " + release + ", only for 21 and from 25 on");
    }
    String adapter = release == 21 ? "dev.srun.upgrade.Syscalls21" : "dev.srun.upgrade.Syscalls25";
    try {
      Syscalls syscalls =
          Class.forName(adapter).asSubclass(Syscalls.class).getDeclaredConstructor().newInstance();
      return new Found(new LinuxKernel(syscalls, onArm), "");
    } catch (ClassNotFoundException notBuilt) {
      return none("srun was built without " + adapter);
    } catch (InvocationTargetException e) {
      return none(whyNotLinked(e.getCause()));
    } catch (LinkageError e) {
      return none(
          release == 21
              ? "JDK 21 needs --enable-preview for it"
              : "this JVM cannot load " + adapter + ": " + e);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(adapter + " cannot be made", e);
    }
  }

  private static Found none(String whyNot) {
    return new Found(null, whyNot);
  }

  private static String whyNotLinked(Throwable cause) {
    return cause instanceof IllegalCallerException
        ? "this JVM needs --enable-native-access=ALL-UNNAMED for it"
        : "this JVM cannot call the system: " + cause;
  }

  // Listening sockets

  @Override
  public int listener(SocketAddress address) throws IOException {
    return sockets.listener(address);
  }

  @Override
  public SocketAddress addressOf(int fd) throws IOException {
    return sockets.addressOf(fd);
  }

  @Override
  public int duplicate(int fd) throws IOException {
    return system.duplicate(fd);
  }

  @Override
  public void replace(int fd, int with) throws IOException {
    system.call(Call.FCNTL, SystemCalls.fd(fd), fd, F_GETFD); // dup3 would open a closed one
    system.call(
        Call.DUP3, SystemCalls.fd(with) + " over " + SystemCalls.fd(fd), with, fd, O_CLOEXEC);
  }

  @Override
  public void nonBlocking(int fd) throws IOException {
    int flags = system.call(Call.FCNTL, SystemCalls.fd(fd), fd, F_GETFL);
    system.call(Call.FCNTL, SystemCalls.fd(fd), fd, F_SETFL, flags | O_NONBLOCK);
  }

  @Override
  public void shutdown(int fd) throws IOException {
    system.call(Call.SHUTDOWN, SystemCalls.fd(fd), fd, SHUT_RDWR);
  }

  @Override
  public void close(int fd) throws IOException {
    system.call(Call.CLOSE, SystemCalls.fd(fd), fd);
  }

  @Override
  public boolean hasConnections(SocketAddress listener) throws IOException {
    return sockets.hasConnections(listener);
  }

  @Override
  public int waiting(int fd) throws IOException {
    return sockets.waiting(fd);
  }

  // Messages between generations

  @Override
  public long peer(SocketChannel of) throws IOException {
    return sockets.peer(of);
  }

  @Override
  public void send(SocketChannel to, ByteBuffer text, List<Integer> fds, Duration limit)
      throws IOException {
    long deadline = SystemCalls.deadline(limit);
    int fd = sockets.duplicateOf(to);
    try {
      send(fd, text, fds, deadline, "the channel " + to, to::isOpen);
    } finally {
      system.result(Call.CLOSE, fd);
    }
  }

  private void send(
      int fd,
      ByteBuffer text,
      List<Integer> fds,
      long deadline,
      String thing,
      BooleanSupplier isOpen)
      throws IOException {
    try (SocketMessage message = SocketMessage.toSend(text, fds, system)) {
      while (message.isLeft()) {
        long sent = system.result(Call.SENDMSG, fd, message.address(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent == -Errno.EAGAIN) {
          system.await(fd, POLLOUT, deadline, thing, isOpen);
        } else {
          message.sent(SystemCalls.checked(Call.SENDMSG, thing, sent));
        }
      }
    }
    text.position(text.limit());
  }

  @Override
  public Received receive(SocketChannel from, int mostBytes, Duration limit) throws IOException {
    long deadline = SystemCalls.deadline(limit);
    String thing = "the channel " + from;
    int fd = sockets.duplicateOf(from);
    try (SocketMessage message = SocketMessage.toReceive(mostBytes, system)) {
      long received = receive(fd, message);
      while (received == -Errno.EAGAIN) {
        system.await(fd, POLLIN, deadline, thing, from::isOpen);
        received = receive(fd, message);
      }
      return received(message, SystemCalls.checked(Call.RECVMSG, thing, received), thing);
    } finally {
      system.result(Call.CLOSE, fd);
    }
  }

  private long receive(int fd, SocketMessage message) {
    return system.result(Call.RECVMSG, fd, message.address(), MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  }

  private Received received(SocketMessage message, int length, String thing) throws IOException {
    if (message.isTruncated()) {
      message.fds().forEach(came -> system.result(Call.CLOSE, came));
      throw new IOException(
          "not all file descriptors that came could be taken, as where too many are open: "
              + thing);
    }
    if (length == 0) {
      throw new EOFException("the other end closed " + thing);
    }
    return new Received(message.text(length), message.fds());
  }

  // systemd

  @Override
  public void notify(String socketPath, String text, Duration limit) throws IOException {
    notify(socketPath, text, List.of(), SystemCalls.deadline(limit));
  }

  @Override
  public void notifyBarrier(String socketPath, Duration limit) throws IOException {
    long deadline = SystemCalls.deadline(limit);
    int read;
    int write;
    try (Memory pipe = system.memory(2 * Integer.BYTES)) {
      system.call(Call.PIPE2, "a barrier for " + socketPath, pipe.address(), O_CLOEXEC);
      read = pipe.bytes().getInt(0);
      write = pipe.bytes().getInt(Integer.BYTES);
    }
    try {
      try {
        notify(socketPath, "BARRIER=1", List.of(write), deadline);
      } finally {
        system.result(Call.CLOSE, write);
      }
      system.await(read, POLLHUP, deadline, "the reader of " + socketPath, () -> true);
    } finally {
      system.result(Call.CLOSE, read);
    }
  }

  private void notify(String socketPath, String text, List<Integer> fds, long deadline)
      throws IOException {
    int type = SOCK_DGRAM | O_CLOEXEC;
    int fd = system.call(Call.SOCKET, "a notification", SocketName.AF_UNIX, type, 0);
    try (Memory name = system.memory(SocketName.LONGEST)) {
      int length = SocketName.write(socketPath, name.bytes());
      // Connected, so that poll knows whether the reader has room.
      system.call(Call.CONNECT, socketPath, fd, name.address(), length);
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      send(fd, bytes, fds, deadline, socketPath, () -> true);
    } finally {
      system.result(Call.CLOSE, fd);
    }
  }
}
