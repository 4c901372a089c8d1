package dev.srun.bench.programs.bare;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;

/** The JDK's server with a page and a probe, and nothing else: what a hello without srun costs. */
public final class BareHttp {
  private BareHttp() {}

  /**
   * Serves until it is ended: the probe on the first port that is given, the page on the second.
   */
  public static void main(String[] args) throws IOException {
    serve(Integer.parseInt(args[1]), "/hello", "hello\n");
    serve(Integer.parseInt(args[0]), "/ready", "ready\n");
  }

  static HttpServer serve(int port, String path, String answer) throws IOException {
    // Or JDK 21's holds the second half of each answer back for 40 ms.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    server.createContext(path, exchange -> answer(exchange, answer));
    server.setExecutor(Executors.newCachedThreadPool());
    server.start();
    return server;
  }

  private static void answer(HttpExchange exchange, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }
}
