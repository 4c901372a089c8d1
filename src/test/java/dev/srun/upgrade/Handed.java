package dev.srun.upgrade;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** Servers of the JDK as they are, with sockets that are handed to them and taken from them. */
record Handed(Kernel kernel) {

  static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  /** One that is not started yet, and answers everything with its name. */
  static HttpServer http(String name) throws IOException {
    HttpServer server = HttpServer.create(anyPort(), 0);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            exchange.sendResponseHeaders(200, name.length());
            exchange.getResponseBody().write(name.getBytes(US_ASCII));
          }
        });
    return server;
  }

  /** Starts a server with an inherited socket in the place of its own. */
  HttpServer http(String name, int inherited) throws IOException {
    HttpServer server = http(name);
    adopt(kernel.listener(server.getAddress()), inherited);
    server.start();
    return server;
  }

  /** A channel with an inherited TCP socket in the place of its own. */
  ServerSocketChannel tcp(int inherited) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open().bind(anyPort());
    adopt(kernel.listener(channel.getLocalAddress()), inherited);
    return channel;
  }

  /** A channel with an inherited UNIX socket in the place of its own. */
  ServerSocketChannel unix(Path placeholder, int inherited) throws IOException {
    ServerSocketChannel channel =
        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
            .bind(UnixDomainSocketAddress.of(placeholder));
    Files.delete(placeholder);
    adopt(kernel.listener(channel.getLocalAddress()), inherited);
    return channel;
  }

  private void adopt(int fd, int inherited) throws IOException {
    kernel.nonBlocking(inherited);
    kernel.replace(fd, inherited);
    kernel.close(inherited);
  }

  /** Puts a placeholder over a server's socket; the placeholder is to be closed. */
  int letGo(int fd) throws IOException {
    try (ServerSocketChannel channel = ServerSocketChannel.open().bind(anyPort())) {
      int placeholder = kernel.duplicate(kernel.listener(channel.getLocalAddress()));
      kernel.nonBlocking(placeholder);
      kernel.replace(fd, placeholder);
      return placeholder;
    }
  }

  /**
   * Puts the socket back, and wakes up who waits at the placeholder, which is to be closed when
   * they are awake.
   */
  void takeBack(int fd, int kept, int placeholder) throws IOException {
    kernel.replace(fd, kept);
    kernel.shutdown(placeholder);
    kernel.close(kept);
  }
}
