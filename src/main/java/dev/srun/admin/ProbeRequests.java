package dev.srun.admin;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Asks each probe once over the loopback address when the program is up, so that all that answers
 * them is loaded: they are to be answered also when the jar is gone by then.
 */
final class ProbeRequests {

  /** What each request may wait for at most. */
  private static final int LIMIT_MILLIS = 1_000;

  private static final List<String> PATHS =
      List.of(
          "/livez",
          "/ready",
          "/health",
          "/livez?format=json",
          "/ready?format=json",
          "/health?format=json");

  private ProbeRequests() {}

  /** Sends one after the other and waits for the answers, whatever they are. */
  static void send(InetSocketAddress listener, System.Logger logger) {
    InetAddress bound = listener.getAddress();
    InetAddress address = bound.isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : bound;
    for (String path : PATHS) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(address, listener.getPort()), LIMIT_MILLIS);
        socket.setSoTimeout(LIMIT_MILLIS);
        String request =
            "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        socket.getInputStream().transferTo(OutputStream.nullOutputStream());
      } catch (IOException e) {
        logger.log(Level.DEBUG, path + " cannot be asked ahead", e);
      }
    }
  }
}
