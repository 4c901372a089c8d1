package dev.srun.examples.servers;

import dev.srun.Srun;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;

/** Netty on its native epoll, which is bound in init. */
public final class EarlyNettyEpoll extends Early {
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());
  private HttpPipeline http;
  private Channel server;

  private EarlyNettyEpoll() {}

  public static void main(String[] args) {
    Srun.runOrExit("netty", app -> app.service("api", new EarlyNettyEpoll()));
  }

  @Override
  SocketAddress start(InetSocketAddress place) {
    http = new HttpPipeline(socket());
    server =
        new ServerBootstrap()
            .group(loops)
            .channel(EpollServerSocketChannel.class)
            .childHandler(http)
            .bind(place)
            .syncUninterruptibly()
            .channel();
    return server.localAddress();
  }

  @Override
  void stop() {
    server.close().syncUninterruptibly();
    http.close();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
