package dev.srun.upgrade;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** What systemd is told. */
@EnabledIf(
    value = "dev.srun.upgrade.ThisKernel#isThere",
    disabledReason = "JDK 21 needs --enable-preview for it")
final class NotifyTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(20);

  private final Kernel kernel = ThisKernel.kernel();
  private String path = "";

  @BeforeEach
  void choose(@TempDir Path directory) {
    path = directory.resolve("notify").toString();
  }

  /** A datagram socket as systemd has it. */
  private static final class Reader implements AutoCloseable {
    private static final int SOCK_DGRAM = 2;
    private static final int POLLIN = 1;

    private final SystemCalls system;
    private final int fd;

    Reader(String path) throws IOException {
      Syscalls syscalls = ThisKernel.syscalls();
      system = ThisKernel.system();
      fd = system.call(Call.SOCKET, "a reader", SocketName.AF_UNIX, SOCK_DGRAM, 0);
      try (Memory name = system.memory(SocketName.LONGEST)) {
        int length = SocketName.write(path, name.bytes());
        int bind = ThisKernel.ON_ARM ? 200 : 49;
        assertEquals(0, syscalls.call(bind, fd, name.address(), length, 0, 0));
      }
    }

    Kernel.Received read() throws IOException {
      system.await(fd, POLLIN, SystemCalls.deadline(PATIENCE), "a datagram", () -> true);
      try (SocketMessage message = SocketMessage.toReceive(1000, system)) {
        int length = system.call(Call.RECVMSG, "a datagram", fd, message.address(), 0);
        return new Kernel.Received(message.text(length), message.fds());
      }
    }

    @Override
    public void close() throws IOException {
      system.call(Call.CLOSE, "the reader", fd);
    }
  }

  private static String text(Kernel.Received received) {
    return UTF_8.decode(received.text()).toString();
  }

  @Test
  void aTextArrivesInOnePiece() throws Exception {
    try (Reader systemd = new Reader(path)) {
      kernel.notify(path, "READY=1\nSTATUS=läuft", PATIENCE);
      kernel.notify(path, "MAINPID=4711", PATIENCE);

      assertEquals("READY=1\nSTATUS=läuft", text(systemd.read()));
      assertEquals("MAINPID=4711", text(systemd.read()));
    }
  }

  @Test
  void anAbstractNameBeginsWithAnAt() throws Exception {
    String name = "@" + path;
    try (Reader systemd = new Reader(name)) {
      kernel.notify(name, "READY=1", PATIENCE);

      assertEquals("READY=1", text(systemd.read()));
      assertFalse(Files.exists(Path.of(path)));
    }
  }

  @Test
  void aReaderThatIsNotThereIsNamed() {
    assertEquals(
        "connect of " + path + " failed: ENOENT",
        assertThrows(IOException.class, () -> kernel.notify(path, "READY=1", PATIENCE))
            .getMessage());
    assertEquals(
        "connect of @" + path + " failed: ECONNREFUSED",
        assertThrows(IOException.class, () -> kernel.notify("@" + path, "READY=1", PATIENCE))
            .getMessage());
  }

  @Test
  void anythingButAPathOrAnAbstractNameIsRefused() {
    for (String wrong : List.of("vsock:2:9999", "notify", "")) {
      IOException refused =
          assertThrows(IOException.class, () -> kernel.notify(wrong, "READY=1", PATIENCE));
      assertEquals(
          "a UNIX socket's path begins with / or @, not as this one: " + wrong,
          refused.getMessage());
    }
    String tooLong = "/" + "x".repeat(107);
    IOException refused =
        assertThrows(IOException.class, () -> kernel.notify(tooLong, "READY=1", PATIENCE));
    assertTrue(refused.getMessage().contains("107 bytes"), refused::getMessage);
  }

  @Test
  void aReaderThatDoesNotReadHoldsNobodyUp() throws Exception {
    try (Reader systemd = new Reader(path)) {
      assertThrows(
          SocketTimeoutException.class,
          () -> {
            for (int i = 0; i < 10_000; i++) {
              kernel.notify(path, "STATUS=" + i, SHORT);
            }
          });
      assertEquals("STATUS=0", text(systemd.read()));
    }
  }

  @Test
  void aBarrierStandsUntilTheReaderTakesItAway() throws Exception {
    try (Reader systemd = new Reader(path)) {
      CompletableFuture<Void> over = new CompletableFuture<>();
      Thread.ofPlatform()
          .daemon()
          .start(() -> {
            try {
              kernel.notify(path, "MAINPID=4711", PATIENCE);
              kernel.notifyBarrier(path, PATIENCE);
              over.complete(null);
            } catch (Throwable e) {
              over.completeExceptionally(e);
            }
          });

      assertEquals("MAINPID=4711", text(systemd.read()));
      Kernel.Received barrier = systemd.read();
      assertEquals("BARRIER=1", text(barrier));
      assertEquals(1, barrier.fds().size());
      assertFalse(over.isDone());
      kernel.close(barrier.fds().get(0));
      over.get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void aBarrierThatNobodyTakesAwayIsGivenUp() throws Exception {
    try (Reader systemd = new Reader(path)) {
      SocketTimeoutException late =
          assertThrows(SocketTimeoutException.class, () -> kernel.notifyBarrier(path, SHORT));

      assertEquals("waited too long for the reader of " + path, late.getMessage());
      assertEquals("BARRIER=1", text(systemd.read()));
    }
  }

  @Test
  void aBarrierBeforeAReaderThatIsGoneIsOver() throws Exception {
    CompletableFuture<Void> over = new CompletableFuture<>();
    try (Reader systemd = new Reader(path)) {
      Thread.ofPlatform()
          .daemon()
          .start(() -> {
            try {
              kernel.notifyBarrier(path, PATIENCE);
              over.complete(null);
            } catch (Throwable e) {
              over.completeExceptionally(e);
            }
          });
      systemd.system.await(
          systemd.fd, Reader.POLLIN, SystemCalls.deadline(PATIENCE), "it", () -> true);
    }

    over.get(20, TimeUnit.SECONDS);
  }

  @Test
  void nothingLeaksHoweverItEnds() throws Exception {
    try (Reader systemd = new Reader(path)) {
      tell(systemd);
      String before = ThisKernel.listing();

      for (int i = 0; i < 20; i++) {
        tell(systemd);
      }

      assertEquals(before, ThisKernel.listing());
    }
  }

  private void tell(Reader systemd) throws IOException, ExecutionException {
    kernel.notify(path, "READY=1", PATIENCE);
    systemd.read();
    assertThrows(
        SocketTimeoutException.class, () -> kernel.notifyBarrier(path, Duration.ofMillis(1)));
    kernel.close(systemd.read().fds().get(0));
    assertThrows(IOException.class, () -> kernel.notify(path + "x", "READY=1", PATIENCE));
    assertThrows(IOException.class, () -> kernel.notifyBarrier("?", PATIENCE));
  }
}
