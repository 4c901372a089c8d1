package dev.srun.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Stands before every handler: finds it, catches what it throws, and sees that the client gets an
 * answer and the exchange is closed.
 */
final class Guard implements HttpHandler {
  private static final String TEXT = "text/plain; charset=utf-8";

  private final Logger logger;
  private final Routes routes;
  private final InFlight inFlight;

  Guard(Logger logger, Routes routes, InFlight inFlight) {
    this.logger = logger;
    this.routes = routes;
    this.inFlight = inFlight;
  }

  @Override
  public void handle(HttpExchange bare) {
    try (GuardedExchange exchange = new GuardedExchange(bare, inFlight)) {
      answer(exchange);
    }
  }

  private void answer(GuardedExchange exchange) {
    try {
      switch (routes.match(exchange.getRequestMethod(), exchange.getRequestURI().getPath())) {
        case Routes.Match.Found found -> {
          found.handler().handle(exchange);
          if (!exchange.isAnswered()) {
            throw new IllegalStateException("the handler returned without an answer");
          }
        }
        case Routes.Match.OtherMethod other -> {
          exchange.getResponseHeaders().set("Allow", other.allowed());
          HttpListener.respond(exchange, 405, TEXT, "expected method " + other.allowed() + "\n");
        }
        case Routes.Match.Nothing nothing ->
            HttpListener.respond(exchange, 404, TEXT, "not found\n");
      }
    } catch (Throwable e) {
      fail(exchange, e);
    }
  }

  private void fail(GuardedExchange exchange, Throwable error) {
    String request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
    if (exchange.hasLostClient()) {
      logger.log(Level.DEBUG, request + ": the client is gone", error);
      return;
    }
    if (exchange.isAnswered()) {
      logger.log(Level.ERROR, request + " failed after its status", error);
      exchange.breakOff();
      return;
    }
    String id = Long.toHexString(ThreadLocalRandom.current().nextLong());
    logger.log(Level.ERROR, request + " failed, id " + id, error);
    try {
      HttpListener.respond(exchange, 500, TEXT, "internal error, id " + id + "\n");
    } catch (IOException clientIsGone) {
      logger.log(Level.DEBUG, request + ": the client is gone", clientIsGone);
    }
  }
}
