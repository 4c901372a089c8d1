package dev.srun.admin;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
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
    headers("text/html; charset=utf-8").set("Content-Security-Policy", PAGE_MAY);
    send(html);
  }

  void download(byte[] bytes, String ending) throws IOException {
    downloadHeaders(ending);
    send(bytes);
  }

  void download(Path file, String ending) throws IOException {
    downloadHeaders(ending);
    exchange.sendResponseHeaders(200, Files.size(file));
    try (OutputStream out = exchange.getResponseBody()) {
      Files.copy(file, out);
    }
  }

  private void downloadHeaders(String ending) {
    headers("application/octet-stream")
        .set("Content-Disposition", "attachment; filename=\"" + name + ending + "\"");
  }

  private Headers headers(String contentType) {
    Headers headers = exchange.getResponseHeaders();
    headers.set("Content-Type", contentType);
    return headers;
  }

  private void send(byte[] bytes) throws IOException {
    exchange.sendResponseHeaders(200, bytes.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(bytes);
    }
  }
}
