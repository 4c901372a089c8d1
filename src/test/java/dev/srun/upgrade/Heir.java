package dev.srun.upgrade;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Asks for a TCP and a UNIX listener, serves on both, and says so; ends with its standard input.
 * Its arguments are its parent's path and its own.
 */
final class Heir {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private Heir() {}

  @SuppressWarnings("SystemOut")
  public static void main(String[] arguments) throws IOException {
    Kernel kernel = ThisKernel.kernel();
    Path own = Path.of(arguments[1]);
    Kernel.Received received;
    try (SocketChannel parent = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      parent.bind(UnixDomainSocketAddress.of(own));
      parent.connect(UnixDomainSocketAddress.of(arguments[0]));
      ByteBuffer question = ByteBuffer.wrap("listeners?".getBytes(US_ASCII));
      kernel.send(parent, question, List.of(), PATIENCE);
      received = kernel.receive(parent, 100, PATIENCE);
    }
    Handed handed = new Handed(kernel);
    HttpServer http = handed.http("child", received.fds().get(0));
    try (ServerSocketChannel unix =
        handed.unix(own.resolveSibling("placeholder"), received.fds().get(1))) {
      Thread.ofPlatform().daemon().start(() -> greet(unix));
      System.out.println("serving " + US_ASCII.decode(received.text()));
      System.in.readAllBytes();
      http.stop(0);
    }
  }

  private static void greet(ServerSocketChannel unix) {
    try {
      while (true) {
        try (SocketChannel guest = unix.accept()) {
          guest.write(ByteBuffer.wrap("child".getBytes(US_ASCII)));
        }
      }
    } catch (IOException e) {
      // It is closed.
    }
  }
}
