package dev.srun.http;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import dev.srun.Context;
import dev.srun.Exit;
import dev.srun.Running;
import dev.srun.Service;
import dev.srun.Srun;
import dev.srun.http.Wire.Answer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How a listener ends without losing what it has begun. */
@Timeout(60)
final class DrainTest {
  private static final Duration LONG = Duration.ofMinutes(1);

  private final OneService web = new OneService();
  private final CountDownLatch release = new CountDownLatch(1);
  private final Semaphore entered = new Semaphore(0);

  @AfterEach
  void stop() {
    release.countDown();
    web.close();
  }

  /** Answers {@code /ok} at once and {@code /slow} when released. */
  private HttpListener open() throws IOException {
    HttpListener http =
        web.http()
            .handle("/ok", exchange -> HttpListener.respond(exchange, 200, "text/plain", "ok"))
            .handle("/slow", this::answerWhenReleased);
    http.open();
    return http;
  }

  private void answerWhenReleased(HttpExchange exchange) throws Exception {
    entered.release();
    release.await();
    HttpListener.respond(exchange, 200, "text/plain", "at last");
  }

  /** A drain on a thread of its own. */
  private static final class Drain {
    private final CompletableFuture<Boolean> result = new CompletableFuture<>();
    private final Thread thread;

    Drain(HttpListener http, Duration limit) {
      thread =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  result.complete(http.drain(limit));
                } catch (Throwable e) {
                  result.completeExceptionally(e);
                }
              });
    }

    /** A drain that waits, and so has told the listener. */
    static Drain begun(HttpListener http) {
      Drain drain = new Drain(http, LONG);
      await().until(() -> drain.thread.getState() == Thread.State.TIMED_WAITING);
      return drain;
    }

    boolean result() throws Exception {
      return result.get(20, TimeUnit.SECONDS);
    }
  }

  /** A request that is with its handler. */
  private Wire slow(HttpListener http) throws Exception {
    Wire wire = new Wire(http.address()).request("GET", "/slow");
    assertTrue(entered.tryAcquire(20, TimeUnit.SECONDS));
    return wire;
  }

  @Test
  void withNothingInFlightItClosesAtOnce() throws Exception {
    HttpListener http = open();

    assertTrue(http.drain(LONG));
    HttpListenerTest.assertFree(http.address());
  }

  @Test
  void aListenerThatWasNeverOpenedHasNothingToDrain() throws Exception {
    HttpListener http = web.http();

    assertTrue(http.drain(LONG));
    HttpListenerTest.assertFree(http.address());
  }

  @Test
  void whatIsInFlightIsAnsweredAndToldThatTheConnectionCloses() throws Exception {
    HttpListener http = open();
    try (Wire one = slow(http);
        Wire two = slow(http)) {
      Drain drain = Drain.begun(http);
      assertFalse(drain.result.isDone());
      release.countDown();

      for (Wire wire : List.of(one, two)) {
        Answer answer = wire.answer();
        assertEquals("at last", answer.body());
        assertTrue(answer.saysClose(), answer::toString);
        assertTrue(wire.isClosedByServer());
      }
      assertTrue(drain.result());
    }
    HttpListenerTest.assertFree(http.address());
  }

  @Test
  void aKeptAliveConnectionIsAnsweredOnceMoreAndToldThatItCloses() throws Exception {
    HttpListener http = open();
    try (Wire kept = new Wire(http.address())) {
      assertFalse(kept.request("GET", "/ok").answer().saysClose());
      try (Wire busy = slow(http)) {
        Drain drain = Drain.begun(http);
        Answer last = kept.request("GET", "/ok").answer();
        assertEquals(200, last.status());
        assertTrue(last.saysClose(), last::toString);
        assertTrue(kept.isClosedByServer());
        release.countDown();

        assertEquals("at last", busy.answer().body());
        assertTrue(drain.result());
      }
    }
  }

  private static boolean isRefused(HttpListener http) throws IOException {
    try (Socket client = new Socket()) {
      client.connect(http.address(), 20_000);
      return false;
    } catch (ConnectException refused) {
      return true;
    }
  }

  @Test
  void whatConnectsDuringTheDrainIsRefused() throws Exception {
    HttpListener http = open();
    try (Wire busy = slow(http)) {
      Drain drain = Drain.begun(http);
      await().until(() -> isRefused(http));
      assertFalse(drain.result.isDone());
      assertEquals(1, http.inFlight());
      release.countDown();

      assertEquals("at last", busy.answer().body());
      assertTrue(drain.result());
    }
  }

  @Test
  void aServerWithoutAFreeThreadAcceptsUntilItCloses() throws Exception {
    HttpListener http = web.http().onPlatformThreads(1).handle("/slow", this::answerWhenReleased);
    http.open();
    try (Wire busy = slow(http)) {
      Drain drain = new Drain(http, LONG);
      await().pollDelay(Duration.ofMillis(500)).until(() -> !isRefused(http));
      release.countDown();

      assertEquals("at last", busy.answer().body());
      assertTrue(drain.result());
    }
    HttpListenerTest.assertFree(http.address());
  }

  @Test
  void closingByHandEndsADrainThatAcceptsNoMore() throws Exception {
    HttpListener http = open();
    try (Wire busy = slow(http)) {
      Drain drain = Drain.begun(http);
      await().until(() -> isRefused(http));
      http.close();

      assertTrue(busy.isClosedByServer());
      drain.result();
    }
    HttpListenerTest.assertFree(http.address());
  }

  @Test
  void whatHasNoHandlerOrFailsIsToldToo() throws Exception {
    HttpListener http =
        open()
            .handle(
                "/broken",
                exchange -> {
                  throw new IllegalStateException();
                });
    try (Wire busy = slow(http);
        Wire none = new Wire(http.address());
        Wire broken = new Wire(http.address())) {
      assertEquals(200, none.request("GET", "/ok").answer().status());
      assertEquals(200, broken.request("GET", "/ok").answer().status());
      Drain drain = Drain.begun(http);
      assertTrue(none.request("GET", "/none").answer().saysClose());
      assertTrue(broken.request("GET", "/broken").answer().saysClose());
      release.countDown();

      assertEquals(200, busy.answer().status());
      assertTrue(drain.result());
    }
  }

  @Test
  void anIdleConnectionIsClosedAtTheEnd() throws Exception {
    HttpListener http = open();
    try (Wire idle = new Wire(http.address())) {
      assertEquals(200, idle.request("GET", "/ok").answer().status());

      assertTrue(http.drain(LONG));
      assertTrue(idle.isClosedByServer());
    }
  }

  @Test
  void theLimitCutsOffWhatIsNotAnswered() throws Exception {
    AtomicBoolean interrupted = new AtomicBoolean();
    HttpListener http =
        open()
            .handle(
                "/stuck",
                exchange -> {
                  try {
                    new CountDownLatch(1).await();
                  } catch (InterruptedException e) {
                    interrupted.set(true);
                  }
                });
    try (Wire wire = new Wire(http.address()).request("GET", "/stuck")) {
      await().until(() -> http.inFlight() == 1);

      assertFalse(http.drain(Duration.ofMillis(50)));
      assertTrue(wire.isClosedByServer());
    }
    await().untilTrue(interrupted);
    HttpListenerTest.assertFree(http.address());
  }

  @Test
  void aHandlerThatIgnoresItsInterruptDoesNotHoldTheDrainUp() throws Exception {
    AtomicBoolean told = new AtomicBoolean();
    HttpListener http =
        open()
            .handle(
                "/stubborn",
                exchange -> {
                  while (release.getCount() > 0) {
                    LockSupport.parkNanos(1_000_000);
                    told.compareAndSet(false, Thread.interrupted());
                  }
                });
    try (Wire wire = new Wire(http.address()).request("GET", "/stubborn")) {
      await().until(() -> http.inFlight() == 1);

      assertFalse(new Drain(http, Duration.ofMillis(50)).result());
      assertTrue(wire.isClosedByServer());
    }
    await().untilTrue(told);
  }

  @Test
  void aClientThatDoesNotReadDoesNotHoldTheDrainUp() throws Exception {
    byte[] block = new byte[1 << 20];
    HttpListener http =
        open()
            .handle(
                "/endless",
                exchange -> {
                  exchange.sendResponseHeaders(200, 0);
                  while (true) {
                    exchange.getResponseBody().write(block);
                  }
                });
    try (Wire deaf = new Wire(http.address()).request("GET", "/endless")) {
      await().until(() -> http.inFlight() == 1);

      assertFalse(new Drain(http, Duration.ofMillis(50)).result());
      await().until(() -> http.inFlight() == 0);
      assertTrue(deaf.isOpen());
    }
  }

  @Test
  void aHalfSentRequestDoesNotHoldTheDrainUp() throws Exception {
    HttpListener http = open();
    try (Wire half = new Wire(http.address()).send("GET /ok HTTP/1.1\r\nHost:")) {
      assertEquals(200, Wire.get(http, "/ok").status());
      new Drain(http, Duration.ofMillis(200)).result();

      assertTrue(half.isClosedByServer());
    }
    HttpListenerTest.assertFree(http.address());
  }

  @Test
  void anInterruptEndsItAndTheListenerIsClosedAllTheSame() throws Exception {
    HttpListener http = open();
    try (Wire busy = slow(http)) {
      Thread.currentThread().interrupt();

      assertThrows(InterruptedException.class, () -> http.drain(LONG));
      assertTrue(busy.isClosedByServer());
    }
    HttpListenerTest.assertFree(http.address());
  }

  @Test
  void everyRequestThatReachedAHandlerIsAnswered() throws Exception {
    HttpListener http = open();
    List<Wire> wires = new ArrayList<>();
    try {
      for (int i = 0; i < 40; i++) {
        wires.add(slow(http));
      }
      Drain drain = Drain.begun(http);
      release.countDown();
      for (Wire wire : wires) {
        assertEquals("at last", wire.answer().body());
      }
      assertTrue(drain.result());
    } finally {
      for (Wire wire : wires) {
        wire.close();
      }
    }
  }

  /** As the first page of the documentation has it. */
  private final class Api implements Service {
    private final CompletableFuture<HttpListener> listening = new CompletableFuture<>();
    private final CompletableFuture<Boolean> drained = new CompletableFuture<>();

    @Override
    public void init(Context ctx) throws IOException {
      HttpListener http = ctx.http("api", OneService.anyPort());
      http.handle("/slow", DrainTest.this::answerWhenReleased);
      listening.complete(http);
    }

    @Override
    public void run(Context ctx) {
      listening.join().open();
      ctx.ready();
    }

    @Override
    public void stop(Context ctx) throws InterruptedException {
      drained.complete(listening.join().drain(ctx.remaining()));
    }
  }

  @Test
  void aServiceThatDrainsInItsStopEndsCleanlyWithEverythingAnswered() throws Exception {
    Api api = new Api();
    try (Running app = Srun.start(OneService.CONFIG, it -> it.service("api", api))) {
      HttpListener http = api.listening.join();
      try (Wire busy = slow(http);
          Wire kept = new Wire(http.address())) {
        assertFalse(kept.request("GET", "/none").answer().saysClose());
        app.stop("test");
        await().until(() -> isRefused(http));
        assertTrue(kept.request("GET", "/none").answer().saysClose());
        assertFalse(api.drained.isDone());
        release.countDown();

        assertEquals("at last", busy.answer().body());
      }
      Exit exit = app.await();
      assertEquals(0, exit.code(), exit::toString);
      assertTrue(api.drained.join());
      HttpListenerTest.assertFree(http.address());
    }
  }
}
