package dev.srun.examples.wallet;

import dev.srun.MisconfiguredException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;

/**
 * What the environment says: {@code WALLET_ADDRESS}, and {@code DATABASE_URL} for PostgreSQL or
 * else {@code WALLET_DATA} for a file of SQLite's. {@code WALLET_STUBBORN=on} adds a service that
 * ignores everything.
 */
record Settings(InetSocketAddress address, Store store, boolean stubborn) {

  static Settings from(Map<String, String> environment) {
    String address = value(environment, "WALLET_ADDRESS", "127.0.0.1:8080");
    String url = value(environment, "DATABASE_URL", "");
    String file = value(environment, "WALLET_DATA", "wallet.db");
    String stubborn = value(environment, "WALLET_STUBBORN", "off");
    return new Settings(
        address(address), url.isEmpty() ? sqlite(file) : postgres(url), isOn(stubborn));
  }

  private static String value(Map<String, String> environment, String variable, String standard) {
    String value = environment.getOrDefault(variable, "").strip();
    return value.isEmpty() ? standard : value;
  }

  private static InetSocketAddress address(String text) {
    try {
      URI uri = new URI("http://" + text).parseServerAuthority();
      if (text.equals(uri.getHost() + ":" + uri.getPort()) && uri.getPort() <= 65_535) {
        InetSocketAddress address = new InetSocketAddress(uri.getHost(), uri.getPort());
        if (!address.isUnresolved()) {
          return address;
        }
      }
    } catch (URISyntaxException e) {
      // Refused below, like everything else that is no address.
    }
    throw refused("WALLET_ADDRESS", text, "host:port of this machine, such as 127.0.0.1:8080");
  }

  private static boolean isOn(String text) {
    return switch (text) {
      case "on" -> true;
      case "off" -> false;
      default -> throw refused("WALLET_STUBBORN", text, "on or off");
    };
  }

  private static Store sqlite(String text) {
    Path file = Path.of(text).toAbsolutePath();
    if (Files.isDirectory(file) || !Files.isDirectory(file.getParent())) {
      throw refused("WALLET_DATA", text, "a file in a directory that exists");
    }
    return Store.sqlite(file);
  }

  private static Store postgres(String text) {
    try {
      String user = "";
      String url = text;
      if (text.matches("postgres(ql)?://.*")) {
        URI uri = new URI(text).parseServerAuthority();
        user = uri.getUserInfo() == null ? "" : uri.getUserInfo();
        url = text.replaceFirst("^[a-z]+://([^/@]*@)?", "jdbc:postgresql://");
      }
      if (url.startsWith("jdbc:postgresql:")) {
        DriverManager.getDriver(url);
        String[] login = user.split(":", 2);
        return Store.postgres(url, login[0], login.length == 2 ? login[1] : "");
      }
    } catch (URISyntaxException | SQLException e) {
      // Refused below. Neither is kept as a cause: both quote the password.
    }
    throw refused(
        "DATABASE_URL",
        text.replaceFirst("//.*@", "//***@").replaceFirst("\\?.*", "?***"),
        "postgres://user:password@host:port/database or jdbc:postgresql://host:port/database");
  }

  private static MisconfiguredException refused(String variable, String value, String expected) {
    return new MisconfiguredException(
        "%s is '%s': expected %s".formatted(variable, value, expected));
  }
}
