package dev.srun.admin;

import com.sun.net.httpserver.HttpExchange;
import dev.srun.http.HttpListener;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Sends what a page shows to those that look at it, again whenever it has changed: server-sent
 * events, as the HTML standard has them. Each holds a thread of the admin server, so there are few.
 */
final class LiveUpdates implements AutoCloseable {

  /** A quarter of the admin server's threads. */
  static final int MOST = 8;

  /** How often it is seen whether something has changed, and said that the program lives. */
  private static final Duration BEAT = Duration.ofSeconds(1);

  /** How long a stop waits for the last word of each. */
  private static final Duration LAST_WORD = Duration.ofMillis(200);

  private final Supplier<String> picture;
  private final Semaphore seats = new Semaphore(MOST);
  private final CountDownLatch closing = new CountDownLatch(1);

  LiveUpdates(Supplier<String> picture) {
    this.picture = picture;
  }

  /** Answers until the client goes, the program is replaced, or this is closed. */
  void stream(HttpExchange exchange) throws IOException, InterruptedException {
    if (!seats.tryAcquire()) {
      exchange.getResponseHeaders().set("Retry-After", "5");
      Answers.text(exchange, 503, MOST + " are looking already; there is /services\n");
      return;
    }
    try {
      exchange.getResponseHeaders().set("Content-Type", "text/event-stream; charset=utf-8");
      exchange.sendResponseHeaders(200, 0);
      try (OutputStream out = exchange.getResponseBody()) {
        send(out, "retry: 1000\n\n");
        show(out, exchange);
      }
    } finally {
      seats.release();
    }
  }

  private void show(OutputStream out, HttpExchange exchange)
      throws IOException, InterruptedException {
    String last = "";
    boolean goesOn = true;
    while (goesOn) {
      goesOn = !closing.await(BEAT.toMillis(), TimeUnit.MILLISECONDS);
      String now = picture.get();
      send(out, now.equals(last) ? "event: beat\ndata:\n\n" : event("picture", now));
      last = now;
      if (HttpListener.isLast(exchange)) {
        return; // the client comes again, and finds the process that serves
      }
    }
    send(out, event("end", "stopped"));
  }

  private static String event(String name, String data) {
    return "event: " + name + "\ndata: " + data.replace("\n", "\ndata: ") + "\n\n";
  }

  private static void send(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  /** Ends them all, and waits a moment for their last word. */
  @Override
  public void close() {
    closing.countDown();
    try {
      if (seats.tryAcquire(MOST, LAST_WORD.toMillis(), TimeUnit.MILLISECONDS)) {
        seats.release(MOST);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
