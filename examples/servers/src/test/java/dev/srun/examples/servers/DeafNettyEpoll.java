package dev.srun.examples.servers;

import dev.srun.Context;
import dev.srun.ListeningSocket;
import dev.srun.Service;
import dev.srun.Srun;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * Netty on its native epoll, fitted as NIO is. Its epoll knows the placeholder and never hears of
 * the socket that takes the placeholder's place, so the server never accepts.
 */
public final class DeafNettyEpoll implements Service, ListeningSocket.Acceptor {
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());
  private HttpPipeline http;
  private ListeningSocket socket;
  private Channel server;

  private DeafNettyEpoll() {}

  public static void main(String[] args) {
    Srun.runOrExit("netty", app -> app.service("api", new DeafNettyEpoll()));
  }

  @Override
  public void init(Context ctx) throws IOException {
    socket = ctx.socket("api", Answer.address());
    http = new HttpPipeline(socket);
    server =
        new ServerBootstrap()
            .group(loops)
            .channel(EpollServerSocketChannel.class)
            .option(ChannelOption.AUTO_READ, false)
            .childHandler(http)
            .bind(socket.bindTo())
            .syncUninterruptibly()
            .channel();
    socket.bound(server.localAddress());
    ctx.describe("at", socket.address());
  }

  @Override
  public void run(Context ctx) throws IOException {
    socket.open(this);
  }

  @Override
  public void begin() {
    server.config().setAutoRead(true);
  }

  @Override
  public void stop(Context ctx) {
    socket.close();
    server.close().syncUninterruptibly();
    http.close();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
