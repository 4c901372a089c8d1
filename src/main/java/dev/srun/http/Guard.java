package dev.srun.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.srun.ListeningSocket;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Stands before every handler: finds it, catches what it throws, and sees that the client gets an
 * answer and the exchange is closed.
 */
final class Guard implements HttpHandler {
  private static final String TEXT = "text/plain; charset=utf-8";

  private final Logger logger;
  private final Routes routes;
  private final Map<String, String> headers;
  private final ListeningSocket socket;
  private final InFlight inFlight;
  private final TimeLimits limits;
  private final boolean rehearses;

  Guard(
      Logger logger,
      Routes routes,
      Map<String, String> headers,
      ListeningSocket socket,
      InFlight inFlight,
      TimeLimits limits,
      boolean rehearses) {
    this.logger = logger;
    this.routes = routes;
    this.headers = Map.copyOf(headers);
    this.socket = socket;
    this.inFlight = inFlight;
    this.limits = limits;
    this.rehearses = rehearses;
  }

  @Override
  public void handle(HttpExchange bare) {
    RequestLimit limit = limits.ofThisThread();
    try (GuardedExchange exchange = new GuardedExchange(bare, socket, inFlight, limit, rehearses)) {
      for (Map.Entry<String, String> header : headers.entrySet()) {
        exchange.getResponseHeaders().set(header.getKey(), header.getValue());
      }
      answer(exchange, limit);
    }
  }

  private void answer(GuardedExchange exchange, RequestLimit limit) {
    String method = exchange.getRequestMethod();
    String path = exchange.getRequestURI().getPath();
    try {
      Routes.Found found = routes.find(method, path);
      if (found == null) {
        limit.finish();
        answerUnknown(exchange, routes.methods(path));
        return;
      }
      if (!limit.handle(found.pattern(), found.limit())) {
        return; // its head came too late: the connection is closed
      }
      found.handler().handle(exchange);
      if (!exchange.isAnswered()) {
        throw new IllegalStateException("the handler returned without an answer");
      }
    } catch (Throwable e) {
      limit.finish();
      fail(exchange, limit.passed(), e);
    }
  }

  private static void answerUnknown(GuardedExchange exchange, String allowed) throws IOException {
    if (allowed.isEmpty()) {
      HttpListener.respond(exchange, 404, TEXT, "not found\n");
    } else {
      exchange.getResponseHeaders().set("Allow", allowed);
      HttpListener.respond(exchange, 405, TEXT, "expected method " + allowed + "\n");
    }
  }

  private void fail(GuardedExchange exchange, @Nullable Duration passed, Throwable error) {
    String request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
    if (exchange.hasLostClient()) {
      logger.log(Level.DEBUG, request + ": the client is gone", error);
      return;
    }
    // That a limit was passed is in the log already; in a rehearsal no client is harmed.
    Level level = passed != null ? Level.DEBUG : rehearses ? Level.WARNING : Level.ERROR;
    if (exchange.isAnswered()) {
      logger.log(level, request + " failed after its status", error);
      exchange.breakOff();
      return;
    }
    String id = Long.toHexString(ThreadLocalRandom.current().nextLong());
    logger.log(level, request + " failed, id " + id, error);
    try {
      if (passed == null) {
        HttpListener.respond(exchange, 500, TEXT, "internal error, id " + id + "\n");
      } else {
        exchange.getResponseHeaders().set("Connection", "close");
        String limit = TimeLimits.text(passed);
        HttpListener.respond(exchange, 503, TEXT, "not answered within " + limit + "\n");
      }
    } catch (IOException clientIsGone) {
      logger.log(Level.DEBUG, request + ": the client is gone", clientIsGone);
    }
  }
}
