package dev.srun.examples.servers;

import dev.srun.Srun;
import io.undertow.Undertow;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** Undertow, which is started in init. */
public final class EarlyUndertow extends Early {
  private Undertow undertow;

  private EarlyUndertow() {}

  public static void main(String[] args) {
    Srun.runOrExit("undertow", app -> app.service("api", new EarlyUndertow()));
  }

  @Override
  SocketAddress start(InetSocketAddress place) {
    undertow =
        Undertow.builder()
            .addHttpListener(place.getPort(), place.getHostString())
            .setHandler(exchange -> exchange.getResponseSender().send(Answer.text()))
            .build();
    undertow.start();
    return undertow.getListenerInfo().get(0).getAddress();
  }

  @Override
  void stop() {
    undertow.stop();
  }
}
