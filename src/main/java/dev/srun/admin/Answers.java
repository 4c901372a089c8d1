package dev.srun.admin;

import com.sun.net.httpserver.HttpExchange;
import dev.srun.http.HttpListener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;

/** How the admin server answers: as text for people and simple probes, as JSON where asked for. */
final class Answers {
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String JSON = "application/json";

  /** What only whoever may compress needs, which no probe does. */
  private static final class Compression {

    /** Named, and not with a weight of zero. */
    static final Pattern GZIP = Pattern.compile("\\bgzip\\b(?!\\s*;\\s*q=0(?:\\.0*)?(?:,|$|\\s))");
  }

  private Answers() {}

  /** All that a request says under the name of one header; empty where it is not there. */
  static String header(HttpExchange exchange, String name) {
    return String.join(",", exchange.getRequestHeaders().getOrDefault(name, List.of()));
  }

  static void text(HttpExchange exchange, int status, String body) throws IOException {
    HttpListener.respond(exchange, status, TEXT, body);
  }

  static void text(HttpExchange exchange, KeptAnswer.Answer answer) throws IOException {
    HttpListener.respond(exchange, answer.code(), TEXT, answer.body());
  }

  static void json(HttpExchange exchange, KeptAnswer.Answer answer) throws IOException {
    HttpListener.respond(exchange, answer.code(), JSON, answer.body());
  }

  static void json(HttpExchange exchange, int status, Object body) throws IOException {
    HttpListener.respond(exchange, status, JSON, Json.text(body));
  }

  /** Answers with a text that is sent compressed where the client takes gzip. */
  static void compressed(HttpExchange exchange, String contentType, String body)
      throws IOException {
    exchange.getResponseHeaders().set("Vary", "Accept, Accept-Encoding");
    if (!Compression.GZIP.matcher(header(exchange, "Accept-Encoding")).find()) {
      HttpListener.respond(exchange, 200, contentType, body);
      return;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(body.getBytes(StandardCharsets.UTF_8));
    }
    exchange.getResponseHeaders().set("Content-Encoding", "gzip");
    HttpListener.respond(exchange, 200, contentType, bytes.toByteArray());
  }

  /** Whether JSON is asked for: by {@code ?format=json}, or by name in the Accept header. */
  static boolean wantsJson(HttpExchange exchange) throws BadRequestException {
    boolean isNamed = header(exchange, "Accept").contains(JSON);
    if (exchange.getRequestURI().getRawQuery() == null) {
      return isNamed;
    }
    List<String> formats = isNamed ? List.of("json", "text") : List.of("text", "json");
    return Query.of(exchange).oneOf("format", formats).equals("json");
  }
}
