package dev.srun.admin;

import com.sun.net.httpserver.HttpExchange;
import dev.srun.Runner;
import dev.srun.RunnerStatus;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.ZoneId;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;

/**
 * The page at {@code /}: one document with all that it needs, which asks for nothing but its own
 * updates; and its timeline alone.
 */
final class WebPage implements AutoCloseable {

  private final Runner runner;
  private final StatusPage status;
  private final LiveUpdates updates;

  WebPage(Runner runner) {
    this.runner = runner;
    this.status = new StatusPage(runner, DebugTool.told(), ZoneId.systemDefault());
    this.updates = new LiveUpdates(status::body);
  }

  /** Answers with the document. */
  void answer(HttpExchange exchange) throws IOException {
    String style = resource("page.css") + TimelineSvg.STYLE + GraphSvg.STYLE + HistogramSvg.STYLE;
    String script = resource("page.js");
    exchange
        .getResponseHeaders()
        .set(
            "Content-Security-Policy",
            "default-src 'none'; style-src '%s'; script-src '%s'; connect-src 'self'; img-src data:;"
                    .formatted(hash(style), hash(script))
                + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    exchange.getResponseHeaders().set("Referrer-Policy", "no-referrer");
    String html =
        """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8">
        <meta name="viewport" content="width=device-width,initial-scale=1">
        <title>%s</title><link rel="icon" href="data:,">
        <style>%s</style></head>
        <body><p id="live" role="status"></p><main>%s</main><footer></footer>
        <script>%s</script></body></html>
        """
            .formatted(status.title(), style, status.body(), script);
    Answers.compressed(exchange, "text/html; charset=utf-8", html);
  }

  /** Answers until the client goes, or this is closed. */
  void updates(HttpExchange exchange) throws IOException, InterruptedException {
    updates.stream(exchange);
  }

  void timeline(HttpExchange exchange) throws IOException, BadRequestException {
    String of = Query.of(exchange).oneOf("of", List.of("latest", "start", "stop", "upgrade"));
    String svg = TimelineSvg.alone(timeline(of, runner.status()));
    exchange
        .getResponseHeaders()
        .set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
    Answers.compressed(exchange, "image/svg+xml", svg);
  }

  private Timeline timeline(String of, RunnerStatus now) {
    Timeline start = Timeline.ofStart(now);
    Timeline stop = Timeline.ofStop(now);
    Timeline upgrade = Timeline.ofUpgrade(runner.upgradeFigures().steps(), now.at());
    return switch (of) {
      case "start" -> start;
      case "stop" -> stop;
      case "upgrade" -> upgrade;
      default ->
          Stream.of(stop, upgrade).filter(one -> !one.rows().isEmpty()).findFirst().orElse(start);
    };
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = WebPage.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException("srun was packed without " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** By which a browser knows what was written here from what somebody has smuggled in. */
  private static String hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return "sha256-" + Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** Ends the updates. */
  @Override
  public void close() {
    updates.close();
  }
}
