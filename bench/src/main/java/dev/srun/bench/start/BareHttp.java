package dev.srun.bench.start;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;

/** The JDK's server with a page and a probe, and nothing else: the floor of {@link SrunHttp}. */
public final class BareHttp {
  private BareHttp() {}

  /** Serves until it is ended, with the probe on the port that is given. */
  public static void main(String[] args) throws IOException {
    serve(0, "/hello", "hello\n");
    serve(Integer.parseInt(args[0]), "/ready", "ready\n");
  }

  private static void serve(int port, String path, String answer) throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    server.createContext(path, exchange -> answer(exchange, answer));
    server.setExecutor(Executors.newCachedThreadPool());
    server.start();
  }

  private static void answer(HttpExchange exchange, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }
}
