package dev.srun.bench.start;

import dev.srun.Context;
import dev.srun.Health;
import dev.srun.HealthChecked;
import dev.srun.Service;
import dev.srun.Srun;
import dev.srun.http.HttpListener;
import java.io.IOException;
import java.net.InetSocketAddress;

/** One service that serves a page, with the admin server, health and Prometheus on. */
public final class SrunHttp {
  private SrunHttp() {}

  /** Serves until it is told to stop. */
  public static void main(String[] args) {
    Srun.runOrExit("hello", app -> app.service("hello", new Hello()));
  }

  private static final class Hello implements Service, HealthChecked {
    private HttpListener http;

    @Override
    public void init(Context ctx) throws IOException {
      http = ctx.http("hello", new InetSocketAddress("127.0.0.1", 0));
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

    @Override
    public void stop(Context ctx) throws Exception {
      http.drain(ctx.remaining());
    }
  }
}
