package dev.srun.bench.programs.srun;

import dev.srun.Context;
import dev.srun.Health;
import dev.srun.HealthChecked;
import dev.srun.Service;
import dev.srun.http.HttpListener;
import java.io.IOException;
import java.net.InetSocketAddress;

/** A page, and a check that is always well. */
final class Hello implements Service, HealthChecked {
  private final int port;
  private HttpListener http;

  Hello(int port) {
    this.port = port;
  }

  @Override
  public void init(Context ctx) throws IOException {
    http = ctx.http("hello", new InetSocketAddress("127.0.0.1", port));
    http.handle(
        "GET /hello", exchange -> HttpListener.respond(exchange, 200, "text/plain", "hello\n"));
  }

  @Override
  public void run(Context ctx) {
    http.open();
  }

  @Override
  public Health check() {
    return Health.healthy();
  }
}
