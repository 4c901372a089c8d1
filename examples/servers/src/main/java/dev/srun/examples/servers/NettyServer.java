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
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** Netty on NIO: bound without AUTO_READ, which begin switches on. */
public final class NettyServer implements Service, ListeningSocket.Acceptor {
  private final EventLoopGroup acceptor =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final EventLoopGroup workers =
      new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
  private HttpPipeline http;
  private ListeningSocket socket;
  private Channel server;

  private NettyServer() {}

  public static void main(String[] args) {
    Srun.runOrExit("netty", app -> app.service("api", new NettyServer()));
  }

  @Override
  public void init(Context ctx) throws IOException {
    socket = ctx.socket("api", Answer.address());
    http = new HttpPipeline(socket);
    server =
        new ServerBootstrap()
            .group(acceptor, workers)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.AUTO_READ, false) // binds, and accepts nothing
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
    acceptor.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    workers.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
