package dev.srun.examples.servers;

import dev.srun.Context;
import dev.srun.ListeningSocket;
import dev.srun.Service;
import dev.srun.Srun;
import io.javalin.Javalin;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;

/** Javalin 7: its Jetty is given a channel that init has bound, and Javalin is started in begin. */
public final class JavalinServer implements Service, ListeningSocket.Acceptor {
  private volatile ServerConnector connector;
  private ListeningSocket socket;
  private ServerSocketChannel channel;
  private Server jetty;
  private Javalin javalin;

  private JavalinServer() {}

  public static void main(String[] args) {
    Srun.runOrExit("javalin", app -> app.service("api", new JavalinServer()));
  }

  @Override
  public void init(Context ctx) throws IOException {
    socket = ctx.socket("api", Answer.address());
    channel = ctx.own(ServerSocketChannel.open()).bind(socket.bindTo());
    socket.bound(channel.getLocalAddress());
    ctx.describe("at", socket.address());
    javalin =
        Javalin.create(config -> {
          config.startup.showJavalinBanner = false;
          config.jetty.modifyServer(server -> {
            jetty = server;
            server.insertHandler(new GracefulHandler());
          });
          config.jetty.addConnector(this::connector);
          config.routes.before(exchange -> {
            HttpServletRequest request = exchange.req();
            if (socket.shouldClose(
                InetSocketAddress.createUnresolved(
                    request.getRemoteAddr(), request.getRemotePort()))) {
              exchange.header("Connection", "close");
            }
          });
          config.routes.get("/", exchange -> exchange.result(Answer.text()));
        });
  }

  private ServerConnector connector(Server server, HttpConfiguration http) {
    ServerConnector made = new ServerConnector(server, new HttpConnectionFactory(http));
    try {
      made.open(channel);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    connector = made;
    return made;
  }

  @Override
  public void run(Context ctx) throws IOException {
    socket.open(this);
  }

  @Override
  public void begin() {
    javalin.start();
  }

  @Override
  public void stop(Context ctx) {
    socket.close();
    if (jetty != null) {
      jetty.setStopTimeout(ctx.remaining().toMillis());
      javalin.stop();
    }
  }
}
