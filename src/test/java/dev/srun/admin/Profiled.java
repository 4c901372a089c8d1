package dev.srun.admin;

import dev.srun.Config;
import dev.srun.Running;
import dev.srun.Srun;
import dev.srun.http.HttpListener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** A program that says on stdout where it can be profiled, and runs until its stdin ends. */
final class Profiled {
  static final String PORT = "port ";

  private Profiled() {}

  /** Runs it. */
  public static void main(String[] args) throws IOException {
    InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (Running app =
        Srun.start(
            Config.named("profiled").withoutSignals(),
            it ->
                it.service(
                    "admin",
                    context -> {
                      Profiler profiler = new Profiler(context, exchange -> false);
                      HttpListener http = context.http("admin", anyPort);
                      http.handle("/debug/pprof/profile", profiler::profile);
                      http.handle("/debug/flamegraph", profiler::flamegraph);
                      http.handle("/debug/jfr", profiler::jfr);
                      http.open();
                      System.out.println(PORT + http.address().getPort());
                    }))) {
      while (app.status().ready() && System.in.read() != -1) {
        // Until nobody is there any more.
      }
    }
  }
}
