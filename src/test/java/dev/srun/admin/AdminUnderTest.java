package dev.srun.admin;

import dev.srun.Config;
import dev.srun.DebugAccess;
import dev.srun.Runner;
import dev.srun.Running;
import dev.srun.Setup;
import dev.srun.Srun;
import dev.srun.admin.AdminServer.Options;
import dev.srun.http.Wire;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A program with an admin server that a test has registered like any other service. */
final class AdminUnderTest implements AutoCloseable {
  static final Config CONFIG =
      Config.named("t").version("1.4.2").withoutSignals().withoutTelemetry().drain(Duration.ZERO);

  private final Running app;

  private AdminUnderTest(Running app) {
    this.app = app;
  }

  /** With the debug tools for callers on the same machine. */
  static AdminUnderTest with(Setup services) {
    return with(new DebugAccess.Loopback(), false, services);
  }

  static AdminUnderTest with(DebugAccess debug, boolean heapDumps, Setup services) {
    Options options = new Options(anyPort(), true, debug, heapDumps);
    return new AdminUnderTest(
        Srun.start(
            CONFIG,
            app -> {
              app.service("admin", new AdminServer(options, AdminServer.Metrics.NONE));
              services.register(app);
            }));
  }

  static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  Running app() {
    return app;
  }

  InetSocketAddress address() {
    return address(app);
  }

  static InetSocketAddress address(Runner runner) {
    URI uri = URI.create(runner.status().service("admin").facts().get("admin"));
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), uri.getPort());
  }

  Wire.Answer get(String path, String... headers) throws IOException {
    return ask("GET", path, headers);
  }

  /** As a well-behaved client on the same machine asks, with these headers beside its Host. */
  Wire.Answer ask(String method, String path, String... headers) throws IOException {
    List<String> all = new ArrayList<>(List.of(headers));
    if (all.stream().noneMatch(header -> header.startsWith("Host:"))) {
      all.add("Host: localhost:" + address().getPort());
    }
    all.add("Content-Length: 0");
    try (Wire wire = new Wire(address())) {
      return wire.request(method, path, all).answer(method);
    }
  }

  @Override
  public void close() {
    app.close();
  }
}
