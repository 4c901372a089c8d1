package dev.srun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.srun.http.HttpListener;
import dev.srun.upgrade.ListenerTable;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who starts a program on a taken port is told who has it. */
@Timeout(60)
final class PortHolderTest {
  private static final boolean HAS_PROC = Files.exists(Path.of("/proc/self/net/tcp"));

  /** Another program, which listens until it is ended. */
  static final class HoldsAPort {
    private HoldsAPort() {}

    public static void main(String[] secrets) throws IOException {
      try (ServerSocket held = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        System.out.println(held.getLocalPort());
        System.in.read();
      }
    }
  }

  private static BindFailedException refused(InetSocketAddress address) {
    AtomicReference<Context> context = new AtomicReference<>();
    try (Running app =
        Srun.start(Config.named("t").withoutSignals(), it -> it.service("web", context::set))) {
      BindFailedException http =
          assertThrows(
              BindFailedException.class, () -> HttpListener.bind(context.get(), "api", address));
      BindFailedException plain =
          assertThrows(BindFailedException.class, () -> context.get().listen("api", address));
      assertEquals(http.getMessage(), plain.getMessage());
      assertEquals("api", plain.listener());
      assertEquals(address, plain.address());
      assertTrue(app.status().toString().contains("web"));
      return plain;
    }
  }

  @Test
  void aPortThatThisProcessHasIsSaidToBeItsOwn() throws IOException {
    assumeTrue(HAS_PROC);
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = taken.getLocalPort();

      assertEquals(
          "listener 'api' cannot listen on 127.0.0.1:"
              + port
              + ": address already in use by this process",
          refused(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)).getMessage());
    }
  }

  @Test
  void aPortOfEveryInterfaceIsTakenByWhoHasOne() throws IOException {
    assumeTrue(HAS_PROC);
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("0.0.0.0"))) {
      InetSocketAddress address =
          new InetSocketAddress(InetAddress.getLoopbackAddress(), taken.getLocalPort());

      assertTrue(refused(address).getMessage().endsWith("by this process"));
    }
  }

  @Test
  void anotherProgramIsNamedWithoutItsArguments() throws Exception {
    assumeTrue(HAS_PROC);
    String classes =
        Path.of(HoldsAPort.class.getProtectionDomain().getCodeSource().getLocation().toURI())
            .toString();
    Process other =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xshare:auto",
                "-cp",
                classes,
                HoldsAPort.class.getName(),
                "--password=secret")
            .start();
    try (BufferedReader said = other.inputReader(StandardCharsets.UTF_8)) {
      int port = Integer.parseInt(said.readLine());

      assertEquals(
          "listener 'api' cannot listen on 127.0.0.1:%d: address already in use by pid %d (java %s)"
              .formatted(port, other.pid(), HoldsAPort.class.getName()),
          refused(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)).getMessage());
    } finally {
      other.destroyForcibly().waitFor();
    }
  }

  @Test
  void anAddressThatIsNotOursIsNotSaidToBeTaken() {
    String message = refused(new InetSocketAddress("192.0.2.1", 1)).getMessage();

    assertTrue(
        message.startsWith("listener 'api' cannot listen on 192.0.2.1:1: Cannot assign"), message);
  }

  private static Listener listener(String name, SocketAddress address) throws IOException {
    return Listener.bind(name, new ListenerTable().claim("t", name, address));
  }

  @Test
  void aPathThatIsTakenIsJustNamed(@TempDir Path directory) throws IOException {
    UnixDomainSocketAddress path = UnixDomainSocketAddress.of(directory.resolve("s"));
    try (Listener taken = listener("one", path)) {
      BindFailedException refused =
          assertThrows(BindFailedException.class, () -> listener("two", path));

      assertEquals(
          "listener 'two' cannot listen on " + taken.address() + ": address already in use",
          refused.getMessage());
    }
  }

  // A system of our own

  private static final String TABLE =
      """
        sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
         0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000   0    0 77 1
         1: 0100007F:1F91 0100007F:1F90 01 00000000:00000000 00:00000000 00000000   0    0 78 1
      """;

  private static PortHolder system(Path proc, String cmdline) throws IOException {
    Files.createDirectories(proc.resolve("self/net"));
    Files.writeString(proc.resolve("self/net/tcp"), TABLE);
    Path fds = Files.createDirectories(proc.resolve("4711/fd"));
    Files.createSymbolicLink(fds.resolve("0"), Path.of("/dev/null"));
    Files.createSymbolicLink(fds.resolve("9"), Path.of("socket:[77]"));
    Files.createSymbolicLink(fds.resolve("10"), Path.of("socket:[78]"));
    Files.writeString(proc.resolve("4711/cmdline"), cmdline);
    return new PortHolder(proc, 1);
  }

  private static InetSocketAddress at(int... ipAndPort) throws IOException {
    byte[] ip = new byte[4];
    for (int i = 0; i < ip.length; i++) {
      ip[i] = (byte) ipAndPort[i];
    }
    return new InetSocketAddress(InetAddress.getByAddress(ip), ipAndPort[4]);
  }

  @Test
  void onlyWhoListensOnThatAddressHasIt(@TempDir Path proc) throws IOException {
    PortHolder holder = system(proc, "/usr/sbin/nginx\0-c\0secret\0");

    assertEquals("pid 4711 (nginx)", holder.of(at(127, 0, 0, 1, 0x1f90)));
    assertEquals("pid 4711 (nginx)", holder.of(at(0, 0, 0, 0, 0x1f90)));
    assertEquals("", holder.of(at(127, 0, 0, 2, 0x1f90)));
    assertEquals("", holder.of(at(127, 0, 0, 1, 0x1f91)));
  }

  @Test
  void whereNothingCanBeReadNobodyIsNamed(@TempDir Path proc) throws IOException {
    assertEquals("", new PortHolder(proc, 1).of(at(127, 0, 0, 1, 0x1f90)));
  }

  @Test
  void aLongNameIsCutAndItsControlCharactersAreNot(@TempDir Path proc) throws IOException {
    String holder = system(proc, "x\u001b\n" + "y".repeat(200)).of(at(127, 0, 0, 1, 0x1f90));

    assertEquals("pid 4711 (x??" + "y".repeat(97) + ")", holder);
  }

  @Test
  void aCommandLineIsReducedToWhatNamesTheProgram() {
    assertEquals(
        "java -jar wallet.jar",
        PortHolder.program("/j/java", "-Dp=s", "-jar", "/a/wallet.jar", "s"));
    assertEquals(
        "java a.Main", PortHolder.program("java", "-cp", "x", "@args", "-ea", "a.Main", "s"));
    assertEquals("java -m m/a.Main", PortHolder.program("java", "-p", "x", "-m", "m/a.Main"));
    assertEquals("java", PortHolder.program("java", "-version", ""));
    assertEquals("python3", PortHolder.program("/usr/bin/python3", "s.py", "--token=s"));
    assertEquals("", PortHolder.program(""));
  }
}
