package dev.srun.bench.programs.bare;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;

/** {@link BareHttp} with a hook that stops it: what is in flight has a second to be answered. */
public final class BareHook {
  private BareHook() {}

  /** Serves until it is told to stop, on the same two ports. */
  public static void main(String[] args) throws IOException {
    HttpServer page = BareHttp.serve(Integer.parseInt(args[1]), "/hello", "hello\n");
    HttpServer probe = BareHttp.serve(Integer.parseInt(args[0]), "/ready", "ready\n");
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(() -> {
              page.stop(1);
              probe.stop(1);
              System.err.println("hello STOPPED");
            }));
  }
}
