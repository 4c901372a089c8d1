package dev.srun.examples.servers;

import dev.srun.Context;
import dev.srun.ListeningSocket;
import dev.srun.Service;
import dev.srun.Srun;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * Netty on its native epoll: init binds a socket, and begin makes a channel of it. A channel that
 * init had registered would stay registered with the placeholder: {@code AUTO_READ} does not help
 * here.
 */
public final class NettyEpollServer implements Service, ListeningSocket.Acceptor {
  private static final int BACKLOG = 1024;

  private final EventLoopGroup acceptor =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final EventLoopGroup workers =
      new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());
  private HttpPipeline http;
  private ListeningSocket socket;
  private Socket listening;
  private Channel server;

  private NettyEpollServer() {}

  public static void main(String[] args) {
    Srun.runOrExit("netty", app -> app.service("api", new NettyEpollServer()));
  }

  @Override
  public void init(Context ctx) throws IOException {
    socket = ctx.socket("api", Answer.address());
    http = new HttpPipeline(socket);
    InetSocketAddress place = (InetSocketAddress) socket.bindTo();
    listening = Socket.newSocketStream();
    listening.setReuseAddress(true);
    listening.bind(place);
    listening.listen(BACKLOG);
    socket.bound(listening.localAddress());
    ctx.describe("at", socket.address());
  }

  @Override
  public void run(Context ctx) throws IOException {
    socket.open(this);
  }

  @Override
  public void begin() {
    server =
        new ServerBootstrap()
            .group(acceptor, workers)
            .channelFactory(() -> new EpollServerSocketChannel(listening.intValue()))
            .childHandler(http)
            .register() // already bound
            .syncUninterruptibly()
            .channel();
  }

  @Override
  public void stop(Context ctx) throws IOException {
    socket.close();
    if (server == null) {
      listening.close();
    } else {
      server.close().syncUninterruptibly();
    }
    http.close();
    acceptor.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    workers.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
