package dev.srun.admin;

import com.sun.net.httpserver.HttpExchange;
import dev.srun.http.HttpListener;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Sends one profile, under the name of its program and the moment at which it begins. */
final class ProfileAnswer {

  /** The page needs its own script and style, and a prompt to search; nothing else. */
  private static final String PAGE_MAY =
      "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline';"
          + " sandbox allow-scripts allow-modals";

  private static final DateTimeFormatter MOMENT =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private static final String BINARY = "application/octet-stream";
  private static final int LONGEST_NAME = 64;

  private final HttpExchange exchange;
  private final String name;

  ProfileAnswer(HttpExchange exchange, String program) {
    String cleaned = program.replaceAll("[^A-Za-z0-9._-]+", "_");
    this.exchange = exchange;
    this.name =
        cleaned.substring(0, Math.min(cleaned.length(), LONGEST_NAME))
            + "-"
            + MOMENT.format(Instant.now());
  }

  /** Letters, digits and {@code .-_} only, so that it may stand in headers and pages. */
  String name() {
    return name;
  }

  void page(byte[] html) throws IOException {
    exchange.getResponseHeaders().set("Content-Security-Policy", PAGE_MAY);
    HttpListener.respond(exchange, 200, "text/html; charset=utf-8", html);
  }

  void download(byte[] bytes, String ending) throws IOException {
    namedWith(ending);
    HttpListener.respond(exchange, 200, BINARY, bytes);
  }

  void download(Path file, String ending) throws IOException {
    namedWith(ending);
    exchange.getResponseHeaders().set("Content-Type", BINARY);
    exchange.sendResponseHeaders(200, Files.size(file));
    try (OutputStream out = exchange.getResponseBody()) {
      Files.copy(file, out);
    }
  }

  private void namedWith(String ending) {
    exchange
        .getResponseHeaders()
        .set("Content-Disposition", "attachment; filename=\"" + name + ending + "\"");
  }
}
