package dev.srun.examples.servers;

import dev.srun.Srun;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;

/** gRPC as it comes, on native epoll, which is started in init. */
public final class EarlyGrpc extends Early {
  private Server server;

  private EarlyGrpc() {}

  public static void main(String[] args) {
    Srun.runOrExit("grpc", app -> app.service("api", new EarlyGrpc()));
  }

  @Override
  SocketAddress start(InetSocketAddress place) throws IOException {
    server = NettyServerBuilder.forAddress(place).addService(new PidService()).build().start();
    return server.getListenSockets().get(0);
  }

  @Override
  void stop() throws InterruptedException {
    server.shutdown();
    server.awaitTermination(5, TimeUnit.SECONDS);
  }
}
