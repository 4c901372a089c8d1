package dev.srun.examples.servers;

import dev.srun.Context;
import dev.srun.ListeningSocket;
import dev.srun.Service;
import dev.srun.Srun;
import io.undertow.Handlers;
import io.undertow.server.DefaultByteBufferPool;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.GracefulShutdownHandler;
import io.undertow.server.protocol.http.HttpOpenListener;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.xnio.ChannelListeners;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.StreamConnection;
import org.xnio.Xnio;
import org.xnio.XnioWorker;
import org.xnio.channels.AcceptingChannel;

/**
 * Undertow: begin resumes the accepts of an XNIO server. {@code Undertow.builder()} binds and
 * accepts in one step, so its parts are put together here.
 */
public final class UndertowServer implements Service, ListeningSocket.Acceptor {
  private static final int BUFFER = 16 * 1024;

  private final GracefulShutdownHandler graceful = Handlers.gracefulShutdown(this::answer);
  private final HttpOpenListener http =
      new HttpOpenListener(new DefaultByteBufferPool(true, BUFFER), OptionMap.EMPTY);
  private ListeningSocket socket;
  private XnioWorker worker;
  private AcceptingChannel<? extends StreamConnection> server;

  private UndertowServer() {}

  public static void main(String[] args) {
    Srun.runOrExit("undertow", app -> app.service("api", new UndertowServer()));
  }

  @Override
  public void init(Context ctx) throws IOException {
    socket = ctx.socket("api", Answer.address());
    http.setRootHandler(graceful);
    worker = Xnio.getInstance().createWorker(OptionMap.create(Options.WORKER_IO_THREADS, 2));
    server =
        worker.createStreamConnectionServer( // binds, and accepts nothing
            (InetSocketAddress) socket.bindTo(),
            ChannelListeners.openListenerAdapter(http),
            OptionMap.create(Options.TCP_NODELAY, true, Options.BACKLOG, 1024));
    socket.bound(server.getLocalAddress());
    ctx.describe("at", socket.address());
  }

  private void answer(HttpServerExchange exchange) {
    if (socket.shouldClose(exchange.getSourceAddress())) {
      exchange.setPersistent(false);
    }
    exchange.getResponseSender().send(Answer.text());
  }

  @Override
  public void run(Context ctx) throws IOException {
    socket.open(this);
  }

  @Override
  public void begin() {
    server.resumeAccepts();
  }

  @Override
  public void stop(Context ctx) throws IOException, InterruptedException {
    socket.close();
    server.close();
    graceful.shutdown();
    graceful.awaitShutdown(ctx.remaining().toMillis());
    http.closeConnections();
    worker.shutdown();
    worker.awaitTermination();
  }
}
