package dev.srun.examples.servers;

import dev.srun.Srun;
import io.javalin.Javalin;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** Javalin, which is started in init. */
public final class EarlyJavalin extends Early {
  private Javalin javalin;

  private EarlyJavalin() {}

  public static void main(String[] args) {
    Srun.runOrExit("javalin", app -> app.service("api", new EarlyJavalin()));
  }

  @Override
  SocketAddress start(InetSocketAddress place) {
    javalin =
        Javalin.create(
                config -> {
                  config.startup.showJavalinBanner = false;
                  config.routes.get("/", exchange -> exchange.result(Answer.text()));
                })
            .start(place.getHostString(), place.getPort());
    return new InetSocketAddress(place.getAddress(), javalin.port());
  }

  @Override
  void stop() {
    javalin.stop();
  }
}
