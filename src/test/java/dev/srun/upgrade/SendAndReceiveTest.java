package dev.srun.upgrade;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts and file descriptors from one generation to the other. */
@EnabledIf(
    value = "dev.srun.upgrade.ThisKernel#isThere",
    disabledReason = "JDK 21 needs --enable-preview for it")
final class SendAndReceiveTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(20);

  private final Kernel kernel = ThisKernel.kernel();
  private UnixPair pair;
  private ServerSocketChannel server;
  private int listener;

  @BeforeEach
  void open(@TempDir Path directory) throws IOException {
    pair = UnixPair.in(directory);
    server =
        ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    listener = kernel.listener(server.getLocalAddress());
  }

  @AfterEach
  void close() throws IOException {
    pair.close();
    server.close();
  }

  private static ByteBuffer text(String text) {
    return ByteBuffer.wrap(text.getBytes(UTF_8));
  }

  private static String text(Kernel.Received received) {
    return UTF_8.decode(received.text().duplicate()).toString();
  }

  private void send(String text, List<Integer> fds) throws IOException {
    kernel.send(pair.parent(), text(text), fds, PATIENCE);
  }

  private Kernel.Received receive() throws IOException {
    return kernel.receive(pair.child(), 1000, PATIENCE);
  }

  private void close(List<Integer> fds) throws IOException {
    for (int fd : fds) {
      kernel.close(fd);
    }
  }

  // What goes over

  @Test
  void aTextComesWithTheSocketsThemselvesInTheirOrder() throws IOException {
    try (ServerSocketChannel other =
        ServerSocketChannel.open()
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
      int second = kernel.listener(other.getLocalAddress());
      ByteBuffer text = text("api and admin");

      kernel.send(pair.parent(), text, List.of(listener, second), PATIENCE);
      Kernel.Received received = receive();

      assertFalse(text.hasRemaining());
      assertEquals("api and admin", text(received));
      assertEquals(
          List.of(server.getLocalAddress(), other.getLocalAddress()),
          List.of(
              kernel.addressOf(received.fds().get(0)), kernel.addressOf(received.fds().get(1))));
      assertTrue(ThisKernel.closesOnExec(received.fds().get(0)));
      assertFalse(received.fds().contains(listener));
      close(received.fds());
    }
  }

  @Test
  void itGoesBothWaysAndWithoutFileDescriptors() throws IOException {
    kernel.send(pair.child(), text("ready"), List.of(), PATIENCE);

    Kernel.Received received = kernel.receive(pair.parent(), 1000, PATIENCE);

    assertEquals("ready", text(received));
    assertEquals(List.of(), received.fds());
  }

  @Test
  void onlyAsMuchIsTakenAsWasAskedFor() throws IOException {
    send("abcdef", List.of(listener));

    Kernel.Received first = kernel.receive(pair.child(), 4, PATIENCE);
    Kernel.Received rest = kernel.receive(pair.child(), 4, PATIENCE);

    assertEquals("abcd", text(first));
    assertEquals(1, first.fds().size());
    assertEquals("ef", text(rest));
    assertEquals(List.of(), rest.fds());
    close(first.fds());
  }

  @Test
  void theJdksOwnReadingAndWritingIsUnderstood() throws IOException {
    pair.parent().write(text("from the JDK"));
    assertEquals("from the JDK", text(receive()));
    send("to the JDK", List.of());
    ByteBuffer read = ByteBuffer.allocate(100);
    pair.child().read(read);
    assertEquals("to the JDK", UTF_8.decode(read.flip()).toString());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aChannelStaysAsBlockingAsItWas(boolean blocking) throws IOException {
    pair.child().configureBlocking(blocking);
    int fd = new OpenSockets(ThisKernel.system()).duplicateOf(pair.child());
    assertThrows(
        SocketTimeoutException.class, () -> kernel.receive(pair.child(), 10, Duration.ZERO));
    send("x", List.of());
    receive();

    assertEquals(blocking, pair.child().isBlocking());
    assertEquals(!blocking, ThisKernel.isNonBlocking(fd));
    kernel.close(fd);
  }

  @Test
  void aTextThatIsLongerThanTheSocketHoldsIsSentAsItIsRead() throws Exception {
    String sent = "0123456789".repeat(200_000);
    CompletableFuture<Void> sending = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          try {
            send(sent, List.of(listener));
            sending.complete(null);
          } catch (Throwable e) {
            sending.completeExceptionally(e);
          }
        });

    StringBuilder text = new StringBuilder();
    List<Integer> fds = new ArrayList<>();
    while (text.length() < sent.length()) {
      Kernel.Received received = kernel.receive(pair.child(), 100_000, PATIENCE);
      text.append(text(received));
      fds.addAll(received.fds());
    }

    sending.get(20, TimeUnit.SECONDS);
    assertEquals(sent, text.toString());
    assertEquals(1, fds.size());
    close(fds);
  }

  // Limits

  @ParameterizedTest
  @ValueSource(ints = {250, 253})
  void manyFileDescriptorsFitIntoAMessage(int count) throws IOException {
    send("many", Collections.nCopies(count, listener));

    Kernel.Received received = receive();

    assertEquals(count, received.fds().size());
    assertEquals(count, received.fds().stream().distinct().count());
    assertEquals(server.getLocalAddress(), kernel.addressOf(received.fds().get(count - 1)));
    close(received.fds());
  }

  @Test
  void moreThanTheSystemTakesAreRefusedBeforeAnythingIsSent() throws IOException {
    IOException refused =
        assertThrows(IOException.class, () -> send("too many", Collections.nCopies(254, listener)));

    assertEquals("a message takes 253 file descriptors at most, not 254", refused.getMessage());
    assertThrows(
        SocketTimeoutException.class, () -> kernel.receive(pair.child(), 10, Duration.ZERO));
  }

  @Test
  void aMessageWithoutATextIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> send("", List.of(listener)));
    assertThrows(IllegalArgumentException.class, () -> kernel.receive(pair.child(), 0, PATIENCE));
  }

  @Test
  void aFileDescriptorThatIsNotOpenCannotBeSent() {
    IOException refused = assertThrows(IOException.class, () -> send("x", List.of(1_000_000)));

    assertTrue(refused.getMessage().startsWith("sendmsg of the channel "), refused::getMessage);
    assertTrue(refused.getMessage().endsWith(" failed: EBADF"), refused::getMessage);
  }

  // Ends

  @Test
  void theEndOfTheStreamIsTold() throws IOException {
    send("last words", List.of());
    pair.parent().close();

    assertEquals("last words", text(receive()));
    assertThrows(EOFException.class, this::receive);
  }

  @Test
  void sendingToNobodyFails() throws IOException {
    pair.child().close();

    IOException broken = assertThrows(IOException.class, () -> send("x", List.of(listener)));

    assertTrue(broken.getMessage().endsWith(" failed: EPIPE"), broken::getMessage);
  }

  @Test
  void whoSaysNothingIsLate() {
    SocketTimeoutException late =
        assertThrows(SocketTimeoutException.class, () -> kernel.receive(pair.child(), 10, SHORT));

    assertTrue(late.getMessage().startsWith("waited too long for the channel "));
  }

  @Test
  void whoDoesNotReadIsLate() {
    assertThrows(
        SocketTimeoutException.class,
        () -> kernel.send(pair.parent(), ByteBuffer.allocate(10_000_000), List.of(), SHORT));
  }

  @Test
  void whoWaitsCanBeInterrupted() throws Exception {
    CompletableFuture<Boolean> wasInterrupted = new CompletableFuture<>();
    Thread waiting =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              try {
                receive();
              } catch (InterruptedIOException e) {
                wasInterrupted.complete(Thread.currentThread().isInterrupted());
              } catch (IOException e) {
                wasInterrupted.completeExceptionally(e);
              }
            });
    awaitInSystem(waiting);

    waiting.interrupt();

    assertTrue(wasInterrupted.get(20, TimeUnit.SECONDS));
    assertTrue(pair.child().isOpen());
  }

  @Test
  void closingTheChannelEndsTheWait() throws Exception {
    CompletableFuture<Void> ended = new CompletableFuture<>();
    Thread waiting =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              try {
                receive();
                ended.complete(null);
              } catch (IOException e) {
                ended.completeExceptionally(e);
              }
            });
    awaitInSystem(waiting);

    pair.child().close();

    ExecutionException closed =
        assertThrows(ExecutionException.class, () -> ended.get(20, TimeUnit.SECONDS));
    assertEquals(ClosedChannelException.class, closed.getCause().getClass());
  }

  private static void awaitInSystem(Thread thread) {
    Awaitility.await()
        .atMost(PATIENCE)
        .until(() -> {
          for (StackTraceElement frame : thread.getStackTrace()) {
            if (frame.getClassName().equals(SystemCalls.class.getName())
                && frame.getMethodName().equals("await")) {
              return true;
            }
          }
          return false;
        });
  }

  @Test
  void twoThreadsMayUseOneChannel() throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    CompletableFuture<String> heard = new CompletableFuture<>();
    Thread waiting =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              try {
                heard.complete(text(receive()));
              } catch (IOException e) {
                heard.completeExceptionally(e);
              }
              done.countDown();
            });
    awaitInSystem(waiting);

    kernel.send(pair.child(), text("while the other waits"), List.of(), PATIENCE);
    send("the answer", List.of());

    assertEquals("the answer", heard.get(20, TimeUnit.SECONDS));
    assertTrue(done.await(20, TimeUnit.SECONDS));
  }

  // Which channel

  @Test
  void aChannelWithAnUnnamedEndIsRefused(@TempDir Path directory) throws IOException {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(directory.resolve("s"));
    try (ServerSocketChannel unix =
            ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address);
        SocketChannel client = SocketChannel.open(address);
        SocketChannel accepted = unix.accept()) {
      for (SocketChannel end : List.of(client, accepted)) {
        IOException refused =
            assertThrows(IOException.class, () -> kernel.send(end, text("x"), List.of(), PATIENCE));
        assertTrue(
            refused.getMessage().startsWith("both ends of a UNIX channel have to be bound"),
            refused::getMessage);
      }
    }
  }

  @Test
  void aChannelThatIsNotConnectedIsRefused() throws IOException {
    try (SocketChannel alone = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      assertThrows(
          NotYetConnectedException.class, () -> kernel.send(alone, text("x"), List.of(), PATIENCE));
    }
    pair.parent().close();
    assertThrows(ClosedChannelException.class, () -> send("x", List.of()));
  }

  @Test
  void aTcpChannelIsRefused() throws IOException {
    try (SocketChannel tcp = SocketChannel.open(server.getLocalAddress())) {
      assertThrows(IOException.class, () -> kernel.receive(tcp, 10, PATIENCE));
    }
  }

  @Test
  void severalPairsAreNotMistakenForOneAnother(@TempDir Path directory) throws IOException {
    try (UnixPair other = UnixPair.in(directory)) {
      kernel.send(other.parent(), text("theirs"), List.of(), PATIENCE);
      send("ours", List.of());

      assertEquals("ours", text(receive()));
      assertEquals("theirs", text(kernel.receive(other.child(), 100, PATIENCE)));
    }
  }

  @Test
  void twoPairsBetweenTheSamePathsAreRefused(@TempDir Path directory) throws IOException {
    Path parent = directory.resolve("p");
    Path child = directory.resolve("c");
    try (UnixPair first = UnixPair.between(parent, child)) {
      Files.delete(parent);
      Files.delete(child);
      try (UnixPair second = UnixPair.between(parent, child)) {
        IOException refused =
            assertThrows(
                IOException.class,
                () -> kernel.send(second.parent(), text("x"), List.of(), PATIENCE));
        assertTrue(refused.getMessage().startsWith("more than one connection is between "));
      }
      assertTrue(first.parent().isOpen());
    }
  }

  // Leaks

  @Test
  void nothingLeaksHoweverItEnds() throws IOException {
    exchange();
    String before = ThisKernel.listing();

    for (int i = 0; i < 20; i++) {
      exchange();
    }

    assertEquals(before, ThisKernel.listing());
  }

  private void exchange() throws IOException {
    send("garbage \0 \uD83D\uDE00", List.of(listener, 0, listener));
    close(receive().fds());
    assertThrows(
        SocketTimeoutException.class, () -> kernel.receive(pair.child(), 10, Duration.ZERO));
    assertThrows(IOException.class, () -> send("x", List.of(1_000_000)));
    assertThrows(IOException.class, () -> send("x", Collections.nCopies(254, listener)));
  }

  /** The real one, with less room for what is received, as where too many files are open. */
  private static final class Narrow implements Syscalls {
    private static final int CONTROL_LENGTH = 40;

    private final Syscalls real;
    private final List<ByteBuffer> buffers = new ArrayList<>();

    Narrow(Syscalls real) {
      this.real = real;
    }

    @Override
    public long call(long number, long a, long b, long c, long d, long e) {
      if (number == (ThisKernel.ON_ARM ? Call.RECVMSG.onArm() : Call.RECVMSG.onX86())) {
        for (ByteBuffer buffer : buffers) {
          if (real.address(buffer) == b) {
            buffer.putLong(CONTROL_LENGTH, 16 + 2 * Integer.BYTES);
          }
        }
      }
      return real.call(number, a, b, c, d, e);
    }

    @Override
    public long address(ByteBuffer direct) {
      buffers.add(direct);
      return real.address(direct);
    }
  }

  @Test
  void whereNotAllFileDescriptorsCanBeTakenNoneIs() throws Exception {
    Kernel narrow = new LinuxKernel(new Narrow(ThisKernel.syscalls()), ThisKernel.ON_ARM);
    send("two", List.of(listener, listener));
    Kernel.Received two = narrow.receive(pair.child(), 100, PATIENCE);
    assertEquals(2, two.fds().size());
    close(two.fds());
    int before = ThisKernel.openFds();
    send("three", List.of(listener, listener, listener));

    IOException refused =
        assertThrows(IOException.class, () -> narrow.receive(pair.child(), 100, PATIENCE));

    assertTrue(refused.getMessage().startsWith("not all file descriptors"), refused::getMessage);
    assertEquals(before, ThisKernel.openFds());
  }

  /** The real one, where a file descriptor is another file's once it has told of its other end. */
  private record Reused(Syscalls real, int fd, int by) implements Syscalls {
    @Override
    public long call(long number, long a, long b, long c, long d, long e) {
      long result = real.call(number, a, b, c, d, e);
      if (a == fd && number == number(Call.GETPEERNAME)) {
        real.call(number(Call.DUP3), by, fd, ThisKernel.O_CLOEXEC, 0, 0);
      }
      return result;
    }

    private static long number(Call call) {
      return ThisKernel.ON_ARM ? call.onArm() : call.onX86();
    }

    @Override
    public long address(ByteBuffer direct) {
      return real.address(direct);
    }
  }

  /** Another thread sends meanwhile, and something else is opened when it has closed its own. */
  @Test
  void aDuplicateThatBecomesAnotherFileIsNoSecondConnection() throws IOException {
    int duplicate = new OpenSockets(ThisKernel.system()).duplicateOf(pair.child());
    Syscalls reused = new Reused(ThisKernel.syscalls(), duplicate, listener);

    int found =
        new OpenSockets(new SystemCalls(reused, ThisKernel.ON_ARM)).duplicateOf(pair.child());

    close(List.of(duplicate, found));
  }
}
