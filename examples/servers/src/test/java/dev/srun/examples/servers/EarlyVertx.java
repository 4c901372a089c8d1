package dev.srun.examples.servers;

import dev.srun.Srun;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** Vert.x, which listens in init. */
public final class EarlyVertx extends Early {
  private final Vertx vertx = Vertx.vertx();

  private EarlyVertx() {}

  public static void main(String[] args) {
    Srun.runOrExit("vertx", app -> app.service("api", new EarlyVertx()));
  }

  @Override
  SocketAddress start(InetSocketAddress place) {
    HttpServer server =
        vertx
            .createHttpServer()
            .requestHandler(request -> request.response().end(Answer.text()))
            .listen(place.getPort(), place.getHostString())
            .toCompletionStage()
            .toCompletableFuture()
            .join();
    return new InetSocketAddress(place.getAddress(), server.actualPort());
  }

  @Override
  void stop() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }
}
