package dev.srun.examples.servers;

import dev.srun.Context;
import dev.srun.ListeningSocket;
import dev.srun.Service;
import dev.srun.Srun;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.Callback;

/** Jetty 12: the connector is opened in init, and the server is started in begin. */
public final class JettyServer implements Service, ListeningSocket.Acceptor {
  private final Server server = new Server();
  private final ServerConnector connector = new ServerConnector(server);
  private ListeningSocket socket;

  private JettyServer() {}

  public static void main(String[] args) {
    Srun.runOrExit("jetty", app -> app.service("api", new JettyServer()));
  }

  @Override
  public void init(Context ctx) throws IOException {
    socket = ctx.socket("api", Answer.address());
    InetSocketAddress place = (InetSocketAddress) socket.bindTo();
    connector.setHost(place.getHostString());
    connector.setPort(place.getPort());
    connector.open(); // binds, and accepts nothing
    socket.bound(((ServerSocketChannel) connector.getTransport()).getLocalAddress());
    ctx.describe("at", socket.address());
    server.addConnector(connector);
    server.setHandler(new GracefulHandler(new Pid()));
  }

  @Override
  public void run(Context ctx) throws IOException {
    socket.open(this);
  }

  @Override
  public void begin() throws IOException {
    try {
      server.start();
    } catch (Exception e) {
      throw new IOException("Jetty cannot be started", e);
    }
  }

  @Override
  public void stop(Context ctx) throws Exception {
    socket.close();
    server.setStopTimeout(ctx.remaining().toMillis());
    server.stop();
    connector.close();
  }

  private final class Pid extends Handler.Abstract {

    @Override
    public boolean handle(Request request, Response response, Callback done) {
      if (socket.shouldClose(request.getConnectionMetaData().getRemoteSocketAddress())) {
        response.getHeaders().put(HttpHeader.CONNECTION, "close");
      }
      String text = Answer.text();
      response.getHeaders().put(HttpHeader.CONTENT_LENGTH, text.length());
      Content.Sink.write(response, true, text, done);
      return true;
    }
  }
}
