package dev.srun.upgrade;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** A socket for sd_notify(3), as systemd has one: a barrier is answered when it is read. */
public final class NotifySocket implements AutoCloseable {
  private static final int POLLIN = 1;
  private static final int MSG_DONTWAIT = 0x40;

  private static final Duration LOOK = Duration.ofMillis(50);

  private final Path path;
  private final SystemCalls system;
  private final int fd;
  private final List<String> messages = new CopyOnWriteArrayList<>();
  private final Thread reader;
  private volatile boolean over;

  private NotifySocket(Path path, SystemCalls system, int fd) {
    this.path = path;
    this.system = system;
    this.fd = fd;
    this.reader = Thread.ofPlatform().daemon().start(this::read);
  }

  /** Opens one; empty on a JVM that cannot call the system. */
  public static Optional<NotifySocket> open(Path path) throws IOException {
    Optional<BareSystem> found = BareSystem.find();
    if (found.isEmpty()) {
      return Optional.empty();
    }
    SystemCalls system = found.get().calls();
    int fd = system.call(Call.SOCKET, "a socket", SocketName.AF_UNIX, 2 | 0x8_0000, 0);
    found.get().bind(fd, path.toString());
    return Optional.of(new NotifySocket(path, system, fd));
  }

  /** What has been received, in order. */
  public List<String> messages() {
    return List.copyOf(messages);
  }

  private void read() {
    try {
      while (!over) {
        receiveSoon();
      }
    } catch (IOException e) {
      messages.add(e.toString());
    }
  }

  private void receiveSoon() throws IOException {
    try {
      long end = System.nanoTime() + LOOK.toNanos();
      system.await(fd, POLLIN, end, "a message", () -> true);
      receive();
    } catch (SocketTimeoutException nothingYet) {
      // The next look may find that all is over.
    }
  }

  private void receive() throws IOException {
    try (SocketMessage message = SocketMessage.toReceive(4096, system)) {
      int length = system.call(Call.RECVMSG, "the socket", fd, message.address(), MSG_DONTWAIT);
      byte[] text = new byte[length];
      message.text(length).get(text);
      messages.add(new String(text, StandardCharsets.UTF_8));
      for (int came : message.fds()) {
        system.call(Call.CLOSE, "a barrier", came);
      }
    }
  }

  @Override
  public void close() throws IOException {
    over = true;
    try {
      reader.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    system.call(Call.CLOSE, "the socket", fd);
    Files.deleteIfExists(path);
  }
}
