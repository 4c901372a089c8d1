package dev.srun.admin;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import dev.srun.DebugAccess;
import dev.srun.MisconfiguredException;
import dev.srun.http.HttpListener;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who may use the debug tools. A page in a browser on the same machine is kept out in every mode:
 * it reaches a loopback address under a name of its own (DNS rebinding), which the Host header
 * tells, or says by itself that it is another site.
 */
final class DebugDoor {
  /** What a caller on this machine calls it; with or without a port. */
  private static final Pattern LOOPBACK_NAME =
      Pattern.compile("(localhost|127(\\.[0-9]{1,3}){3}|\\[::1])(:[0-9]{1,5})?");

  /** Set by proxies: whoever stands behind one is not on this machine. */
  private static final List<String> FORWARDED =
      List.of(
          "Forwarded",
          "X-Forwarded-For",
          "X-Forwarded-Host",
          "X-Forwarded-Proto",
          "X-Real-IP",
          "CF-Connecting-IP",
          "Via");

  private static final Pattern PRINTABLE = Pattern.compile("\\p{Graph}+");

  private static final int SHORTEST_TOKEN = 16;
  private static final int LONGEST_TOKEN = 4096;

  private final DebugAccess access;

  DebugDoor(DebugAccess access) {
    this.access = access;
  }

  /** The same handler for those who may. */
  HttpListener.Handler behind(HttpListener.Handler handler) {
    return exchange -> {
      if (letsIn(exchange)) {
        handler.handle(exchange);
      }
    };
  }

  /**
   * Reads the token once, so that a start fails where there is none.
   *
   * @throws MisconfiguredException if the file cannot be read or holds no token that is long enough
   */
  void check() {
    if (access instanceof DebugAccess.Token(Path file)) {
      try {
        read(file);
      } catch (IOException e) {
        throw new MisconfiguredException(e.getMessage(), e);
      }
    }
  }

  /** Whether the caller may; if not, it has been answered. */
  private boolean letsIn(HttpExchange exchange) throws IOException {
    return switch (access) {
      case DebugAccess.Off off -> refuse(exchange, 404, "the debug tools are off");
      case DebugAccess.Loopback loopback -> refuse(exchange, 403, whyNotLocal(exchange));
      case DebugAccess.Token(Path file) ->
          refuse(exchange, 403, whyNotSameSite(exchange)) && knowsToken(exchange, file);
    };
  }

  private static boolean knowsToken(HttpExchange exchange, Path file) throws IOException {
    byte[] token;
    try {
      token = read(file);
    } catch (IOException e) {
      return refuse(exchange, 503, "the token cannot be read from its file");
    }
    return shows(exchange, token) || askForToken(exchange);
  }

  /** True, and nothing done, where there is no reason to. */
  private static boolean refuse(HttpExchange exchange, int status, @Nullable String why)
      throws IOException {
    if (why != null) {
      Answers.text(exchange, status, why + "\n");
    }
    return why == null;
  }

  private static boolean askForToken(HttpExchange exchange) throws IOException {
    exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer realm=\"debug\"");
    return refuse(exchange, 401, "expected the debug token as Authorization: Bearer");
  }

  private static @Nullable String whyNotLocal(HttpExchange exchange) {
    Headers headers = exchange.getRequestHeaders();
    InetAddress caller = exchange.getRemoteAddress().getAddress();
    if (!caller.isLoopbackAddress()) {
      return "the debug tools are for callers on the same machine; see SRUN_ADMIN_DEBUG";
    }
    for (String header : FORWARDED) {
      if (headers.containsKey(header)) {
        return "the debug tools are for callers on the same machine, not by way of a proxy";
      }
    }
    List<String> hosts = headers.getOrDefault("Host", List.of());
    if (hosts.size() != 1 || !LOOPBACK_NAME.matcher(hosts.getFirst()).matches()) {
      return "Host is '%s': expected localhost or a loopback address"
          .formatted(String.join(", ", hosts));
    }
    return whyNotSameSite(exchange);
  }

  private static @Nullable String whyNotSameSite(HttpExchange exchange) {
    Headers headers = exchange.getRequestHeaders();
    String site = headers.getFirst("Sec-Fetch-Site");
    boolean foreign = site != null && !site.equals("same-origin") && !site.equals("none");
    String origin = headers.getFirst("Origin");
    String host = headers.getFirst("Host");
    foreign |= origin != null && !origin.matches("https?://" + Pattern.quote(host + ""));
    String referer = headers.getFirst("Referer"); // of a browser that says nothing better
    foreign |= referer != null && !referer.matches("https?://" + Pattern.quote(host + "/") + ".*");
    return foreign ? "a page of another site may not use the debug tools" : null;
  }

  private static boolean shows(HttpExchange exchange, byte[] token) {
    String shown = exchange.getRequestHeaders().getFirst("Authorization");
    String scheme = "Bearer ";
    boolean bearer = shown != null && shown.regionMatches(true, 0, scheme, 0, scheme.length());
    byte[] given =
        (bearer ? shown.substring(scheme.length()).strip() : "").getBytes(StandardCharsets.UTF_8);
    return MessageDigest.isEqual(token, given);
  }

  private static byte[] read(Path file) throws IOException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(LONGEST_TOKEN + 1);
    } catch (IOException e) {
      String why = Files.exists(file) ? e.toString() : "there is no such file";
      throw new IOException("the token file of the debug tools, %s: %s".formatted(file, why), e);
    }
    if (bytes.length > LONGEST_TOKEN) {
      throw new IOException(
          "the token file of the debug tools, %s, is longer than %d bytes"
              .formatted(file, LONGEST_TOKEN));
    }
    String token = new String(bytes, StandardCharsets.UTF_8).strip();
    if (token.length() < SHORTEST_TOKEN) {
      throw new IOException(
          "the token file of the debug tools, %s, holds %d characters: expected %d at least"
              .formatted(file, token.length(), SHORTEST_TOKEN));
    }
    if (!PRINTABLE.matcher(token).matches()) {
      throw new IOException(
          "the token file of the debug tools, %s, holds what no header can: expected printable ASCII"
              .formatted(file));
    }
    return token.getBytes(StandardCharsets.US_ASCII);
  }
}
