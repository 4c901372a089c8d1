package dev.srun.admin;

import dev.srun.http.HttpListener;
import java.util.concurrent.Semaphore;

/**
 * How many requests may use the debug tools at a time: a tool may take minutes, and so may sending
 * what it tells, and the other threads of the admin server are there for probes.
 */
final class Seats {
  private final int most;
  private final Semaphore free;

  Seats(int most) {
    this.most = most;
    this.free = new Semaphore(most);
  }

  /** The same handler for those who find one free; the others are told to come again. */
  HttpListener.Handler seated(HttpListener.Handler handler) {
    return exchange -> {
      if (!free.tryAcquire()) {
        exchange.getResponseHeaders().set("Retry-After", "1");
        Answers.text(exchange, 429, "%d requests use the debug tools already\n".formatted(most));
        return;
      }
      try {
        handler.handle(exchange);
      } finally {
        free.release();
      }
    };
  }
}
