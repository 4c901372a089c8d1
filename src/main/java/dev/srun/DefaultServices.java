package dev.srun;

import dev.srun.admin.AdminServer;
import dev.srun.telemetry.Telemetry;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The services that srun adds to a program, by name, in start order: ordinary services on the
 * public API. The one class that knows the packages they live in.
 */
final class DefaultServices {
  static final String ADMIN = "(admin)";
  static final String TELEMETRY = "(telemetry)";

  /** What the services stopped before it leave for what is flushed last. */
  private static final Duration FLUSH = Duration.ofSeconds(2);

  /** A service and the part of the grace that nobody else may spend. */
  record Default(Service service, Duration reserve) {}

  private DefaultServices() {}

  /**
   * Those that a program gets.
   *
   * @param serves whether the program has a service, not only tasks
   */
  static Map<String, Default> of(Program program, boolean serves) {
    Map<String, Default> services = new LinkedHashMap<>();
    Settings settings = program.settings();
    boolean measures = settings.telemetry().on() && (serves || settings.telemetry().exports());
    Telemetry telemetry = measures ? new Telemetry(settings.telemetry().exports()) : null;
    AdminSettings admin = settings.admin();
    InetSocketAddress address = admin.address();
    if (address != null && (serves || admin.chosen())) {
      var options =
          new AdminServer.Options(address, admin.chosen(), admin.debug(), admin.heapDumps());
      services.put(
          ADMIN, new Default(new AdminServer(options, metricsOf(telemetry)), Duration.ZERO));
    }
    if (telemetry != null) {
      program.telemetry(telemetry);
      Duration reserve = settings.telemetry().exports() ? FLUSH : Duration.ZERO;
      services.put(TELEMETRY, new Default(telemetry, reserve));
    }
    return services;
  }

  private static AdminServer.Metrics metricsOf(@Nullable Telemetry telemetry) {
    if (telemetry == null) {
      return AdminServer.Metrics.NONE;
    }
    return accept ->
        telemetry
            .scrape(accept)
            .map(scrape -> new AdminServer.MetricsPage(scrape.contentType(), scrape.text()));
  }
}
