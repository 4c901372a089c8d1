package dev.srun.examples.servers;

import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioSocketChannel;
import java.io.Closeable;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Asks a gRPC program for its PID, on one channel or on a new one each time. */
public final class GrpcClient implements Callable<String>, Closeable {
  private static final long DEADLINE_SECONDS = 10;

  private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final int port;
  private final ManagedChannel kept;

  /**
   * Makes one.
   *
   * @param port where the program listens
   * @param keeps whether one channel is used for all calls
   */
  public GrpcClient(int port, boolean keeps) {
    this.port = port;
    this.kept = keeps ? connect() : null;
  }

  private ManagedChannel connect() {
    return NettyChannelBuilder.forAddress("127.0.0.1", port)
        .usePlaintext()
        .disableRetry()
        .eventLoopGroup(loop)
        .channelType(NioSocketChannel.class)
        .build();
  }

  @Override
  public String call() throws IOException {
    ManagedChannel channel = kept == null ? connect() : kept;
    try {
      int pid =
          HealthGrpc.newBlockingStub(channel)
              .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
              .check(HealthCheckRequest.getDefaultInstance())
              .getStatusValue();
      return "200 pid " + pid;
    } catch (StatusRuntimeException e) {
      throw new IOException(e);
    } finally {
      if (kept == null) {
        channel.shutdownNow();
      }
    }
  }

  @Override
  public void close() {
    if (kept != null) {
      kept.shutdownNow();
    }
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
