package dev.srun.examples.servers;

import dev.srun.Context;
import dev.srun.ListeningSocket;
import dev.srun.Service;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/**
 * A server that is fitted as its library's start page suggests, which is wrong: it accepts as soon
 * as it is bound.
 */
abstract class Early implements Service {
  private ListeningSocket socket;

  /** Starts the server, and returns where it listens. */
  abstract SocketAddress start(InetSocketAddress place) throws Exception;

  abstract void stop() throws Exception;

  final ListeningSocket socket() {
    return socket;
  }

  @Override
  public void init(Context ctx) throws Exception {
    socket = ctx.socket("api", Answer.address());
    socket.bound(start((InetSocketAddress) socket.bindTo()));
    ctx.describe("at", socket.address());
  }

  @Override
  public void run(Context ctx) throws Exception {
    socket.open(() -> {});
  }

  @Override
  public void stop(Context ctx) throws Exception {
    socket.close();
    stop();
  }
}
