package dev.srun.examples.servers;

import dev.srun.Context;
import dev.srun.ListeningSocket;
import dev.srun.Service;
import dev.srun.Srun;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.impl.transports.NioTransport;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.transport.Transport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * Vert.x 5: it listens with a transport whose server channel has no AUTO_READ, which begin switches
 * on. The transport is an internal class of Vert.x.
 */
public final class VertxServer implements Service, ListeningSocket.Acceptor {
  private final Waiting transport = new Waiting();
  private ListeningSocket socket;
  private Vertx vertx;
  private HttpServer server;

  private VertxServer() {}

  public static void main(String[] args) {
    Srun.runOrExit("vertx", app -> app.service("api", new VertxServer()));
  }

  @Override
  public void init(Context ctx) throws Exception {
    socket = ctx.socket("api", Answer.address());
    InetSocketAddress place = (InetSocketAddress) socket.bindTo();
    vertx = Vertx.builder().withTransport(new Nio(transport)).build();
    server =
        await(
            ctx,
            vertx
                .createHttpServer()
                .requestHandler(this::answer)
                .listen(place.getPort(), place.getHostString())); // binds, and accepts nothing
    socket.bound(new InetSocketAddress(place.getAddress(), server.actualPort()));
    ctx.describe("at", socket.address());
  }

  private void answer(HttpServerRequest request) {
    SocketAddress client = request.remoteAddress();
    if (socket.shouldClose(InetSocketAddress.createUnresolved(client.host(), client.port()))) {
      request.response().putHeader("Connection", "close");
    }
    request.response().end(Answer.text());
  }

  @Override
  public void run(Context ctx) throws IOException {
    socket.open(this);
  }

  @Override
  public void begin() {
    transport.server.config().setAutoRead(true);
  }

  @Override
  public void stop(Context ctx) throws Exception {
    socket.close();
    await(ctx, server.shutdown(ctx.remaining().toMillis(), TimeUnit.MILLISECONDS));
    await(ctx, vertx.close());
  }

  private static <T> T await(Context ctx, Future<T> future) throws Exception {
    return future
        .toCompletionStage()
        .toCompletableFuture()
        .get(ctx.remaining().toMillis(), TimeUnit.MILLISECONDS);
  }

  /** NIO, whose server channel is bound and accepts nothing until it is told to. */
  private static final class Waiting extends NioTransport {
    private volatile ServerChannel server;

    @Override
    public ChannelFactory<? extends ServerChannel> serverChannelFactory(boolean isUnix) {
      return () -> {
        NioServerSocketChannel made = new NioServerSocketChannel();
        made.config().setAutoRead(false);
        server = made;
        return made;
      };
    }
  }

  /** How Vert.x is given a transport. */
  private record Nio(Waiting implementation) implements Transport {

    @Override
    public String name() {
      return "nio";
    }

    @Override
    public boolean available() {
      return true;
    }

    @Override
    public Throwable unavailabilityCause() {
      return null;
    }
  }
}
