package dev.srun.upgrade;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;

/** A kept-alive connection to a server of short answers. */
record Wire(Socket socket, DataInputStream in) implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 20_000;

  static Wire to(InetSocketAddress server) throws IOException {
    Socket socket = new Socket(server.getAddress(), server.getPort());
    socket.setSoTimeout(PATIENCE_MILLIS);
    return new Wire(socket, new DataInputStream(socket.getInputStream()));
  }

  /** Asks over a connection of its own. */
  static String askOnce(InetSocketAddress server) throws IOException {
    try (Wire wire = to(server)) {
      return wire.ask();
    }
  }

  /** The body of the answer. */
  String ask() throws IOException {
    socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(US_ASCII));
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      head.append((char) in.readUnsignedByte());
    }
    String length = head.toString().replaceAll("(?is).*content-length: *(\\d+).*", "$1");
    return new String(in.readNBytes(Integer.parseInt(length)), US_ASCII);
  }

  int port() {
    return socket.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
