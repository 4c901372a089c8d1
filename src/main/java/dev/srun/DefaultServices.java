package dev.srun;

import dev.srun.admin.AdminServer;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The services that srun adds to a program, by name, in start order: ordinary services on the
 * public API. The one class that knows the packages they live in.
 */
final class DefaultServices {
  static final String ADMIN = "(admin)";

  private DefaultServices() {}

  /**
   * Those that a program gets.
   *
   * @param serves whether the program has a service, not only tasks
   */
  static Map<String, Service> of(Settings settings, boolean serves) {
    Map<String, Service> services = new LinkedHashMap<>();
    AdminSettings admin = settings.admin();
    InetSocketAddress address = admin.address();
    if (address != null && (serves || admin.chosen())) {
      var options =
          new AdminServer.Options(address, admin.chosen(), admin.debug(), admin.heapDumps());
      services.put(ADMIN, new AdminServer(options));
    }
    return services;
  }
}
