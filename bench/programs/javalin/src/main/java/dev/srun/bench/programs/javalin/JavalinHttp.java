package dev.srun.bench.programs.javalin;

import io.javalin.Javalin;

/** Javalin with a page and a probe that is a page too: it has neither health nor metrics. */
public final class JavalinHttp {
  private JavalinHttp() {}

  /** Serves until it is told to stop, on the port that is given. */
  public static void main(String[] args) {
    Javalin app =
        Javalin.create(config -> {
          config.routes.get("/hello", ctx -> ctx.result("hello\n"));
          config.routes.get("/ready", ctx -> ctx.result("ready\n"));
        });
    Runtime.getRuntime().addShutdownHook(new Thread(app::stop));
    app.start("127.0.0.1", Integer.parseInt(args[0]));
  }
}
