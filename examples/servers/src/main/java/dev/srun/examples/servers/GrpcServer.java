package dev.srun.examples.servers;

import dev.srun.Context;
import dev.srun.ListeningSocket;
import dev.srun.Service;
import dev.srun.Srun;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * gRPC on Netty's NIO: started without AUTO_READ, which begin switches on. Its default, native
 * epoll, cannot be fitted: gRPC binds a channel that is registered with epoll at the same time.
 */
public final class GrpcServer implements Service, ListeningSocket.Acceptor {
  private final EventLoopGroup acceptor =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final EventLoopGroup workers =
      new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
  private volatile Channel channel;
  private ListeningSocket socket;
  private Server server;

  private GrpcServer() {}

  public static void main(String[] args) {
    Srun.runOrExit("grpc", app -> app.service("api", new GrpcServer()));
  }

  @Override
  public void init(Context ctx) throws IOException {
    socket = ctx.socket("api", Answer.address());
    server =
        NettyServerBuilder.forAddress(socket.bindTo())
            .channelFactory(() -> {
              NioServerSocketChannel made = new NioServerSocketChannel();
              channel = made;
              return made;
            })
            .withOption(ChannelOption.AUTO_READ, false) // binds, and accepts nothing
            .bossEventLoopGroup(acceptor)
            .workerEventLoopGroup(workers)
            .addService(new PidService())
            .build()
            .start();
    socket.bound(server.getListenSockets().get(0));
    ctx.describe("at", socket.address());
  }

  @Override
  public void run(Context ctx) throws IOException {
    socket.open(this);
  }

  @Override
  public void begin() {
    channel.config().setAutoRead(true);
  }

  /** Its clients need not be waited for: stop has them connect anew. */
  @Override
  public int connections() {
    return 0;
  }

  /** Tells clients to connect anew (GOAWAY), and answers what they have sent. */
  @Override
  public void stop(Context ctx) throws InterruptedException {
    socket.close();
    server.shutdown();
    server.awaitTermination(ctx.remaining().toMillis(), TimeUnit.MILLISECONDS);
    acceptor.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    workers.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
