package dev.srun.http;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import dev.srun.Context;
import dev.srun.Running;
import dev.srun.Service;
import dev.srun.Srun;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the options of a listener change, which are for what answers probes. */
@Timeout(120)
final class HttpOptionsTest {
  private static final int CORES = Runtime.getRuntime().availableProcessors();

  private final OneService web = new OneService();
  private final CountDownLatch release = new CountDownLatch(1);
  private final Semaphore entered = new Semaphore(0);
  private final Set<Thread> ranOn = ConcurrentHashMap.newKeySet();

  private final AtomicInteger opened = new AtomicInteger();

  @AfterEach
  void stop() {
    release.countDown();
    web.close();
  }

  private HttpListener open(Context context, UnaryOperator<HttpListener> options)
      throws IOException {
    HttpListener http =
        options
            .apply(context.http("api-" + opened.incrementAndGet(), OneService.anyPort()))
            .handle("/ok", this::answer)
            .handle("/slow", this::answerWhenReleased);
    http.open();
    return http;
  }

  private void answer(HttpExchange exchange) throws IOException {
    ranOn.add(Thread.currentThread());
    HttpListener.respond(exchange, 200, "text/plain", "ok");
  }

  private void answerWhenReleased(HttpExchange exchange) throws Exception {
    entered.release();
    release.await();
    answer(exchange);
  }

  private Wire slow(HttpListener http) throws Exception {
    Wire wire = new Wire(http.address()).request("GET", "/slow");
    assertTrue(entered.tryAcquire(20, TimeUnit.SECONDS));
    return wire;
  }

  @Test
  void optionsComeBeforeTheListenerIsOpened() throws Exception {
    HttpListener http = open(web.context(), UnaryOperator.identity());

    assertThrows(IllegalStateException.class, () -> http.onPlatformThreads(1));
    assertThrows(IllegalStateException.class, http::uncounted);
  }

  @Test
  void lessThanOneThreadIsRefused() throws Exception {
    HttpListener http = web.http();

    assertThrows(IllegalArgumentException.class, () -> http.onPlatformThreads(0));
  }

  @Test
  void asManyConnectionsAsABurstBringsFindRoomBeforeTheyAreAccepted() throws Exception {
    HttpListener http = web.http();
    List<Wire> burst = new ArrayList<>();
    try {
      for (int i = 0; i < 120; i++) { // 128 is what some systems allow
        burst.add(new Wire(http.address()));
      }
    } finally {
      for (Wire wire : burst) {
        wire.close();
      }
    }
  }

  // Platform threads

  @Test
  void platformThreadsAreDaemonsNamedAfterServiceAndListener() throws Exception {
    HttpListener http = open(web.context(), it -> it.onPlatformThreads(1));
    Wire.get(http, "/ok");
    Thread thread = ranOn.iterator().next();

    assertAll(
        () -> assertFalse(thread.isVirtual()),
        () -> assertTrue(thread.isDaemon()),
        () -> assertTrue(thread.getName().startsWith("web-api"), thread.getName()));
  }

  @Test
  void platformThreadsAnswerWhileEveryCarrierIsHeld() throws Exception {
    HttpListener http = open(web.context(), it -> it.onPlatformThreads(2));
    CountDownLatch held = new CountDownLatch(CORES);
    List<Thread> spinning = new ArrayList<>();
    try {
      for (int i = 0; i < CORES; i++) {
        spinning.add(
            Thread.startVirtualThread(() -> {
              held.countDown();
              while (release.getCount() > 0) {
                Thread.onSpinWait();
              }
            }));
      }
      assertTrue(held.await(20, TimeUnit.SECONDS));
      assertEquals(200, Wire.get(http, "/ok").status());
    } finally {
      release.countDown();
      for (Thread thread : spinning) {
        thread.join();
      }
    }
  }

  @Test
  void atMostSoManyPlatformThreadsAnswerAndTheOthersWait() throws Exception {
    HttpListener http = open(web.context(), it -> it.onPlatformThreads(2));
    try (Wire one = slow(http);
        Wire two = slow(http);
        Wire waiting = new Wire(http.address()).request("GET", "/slow")) {
      await().until(() -> http.inFlight() == 3);
      assertEquals(0, entered.availablePermits());
      release.countDown();

      assertEquals(200, one.answer().status());
      assertEquals(200, two.answer().status());
      assertEquals(200, waiting.answer().status());
    }
    assertTrue(ranOn.size() <= 2, ranOn::toString);
  }

  @Test
  void whereNoMoreCanWaitTheConnectionIsClosedAndTheListenerGoesOn() throws Exception {
    HttpListener http = open(web.context(), it -> it.onPlatformThreads(1));
    List<Wire> waiting = new ArrayList<>();
    try (Wire busy = slow(http)) {
      for (int i = 0; i < Answering.WAITING; i++) {
        waiting.add(new Wire(http.address()).request("GET", "/ok"));
      }
      await().until(() -> http.inFlight() == 1 + Answering.WAITING);
      for (int i = 0; i < 3; i++) {
        try (Wire refused = new Wire(http.address()).request("GET", "/ok")) {
          assertTrue(refused.isClosedByServer());
        }
      }
      release.countDown();

      assertEquals(200, busy.answer().status());
      for (Wire wire : waiting) {
        assertEquals(200, wire.answer().status());
      }
      assertEquals(200, Wire.get(http, "/ok").status());
      await().until(() -> http.inFlight() == 0);
    } finally {
      for (Wire wire : waiting) {
        wire.close();
      }
    }
  }

  @Test
  void whatWaitsForAThreadWhenTheListenerClosesIsNotInFlightAnyMore() throws Exception {
    HttpListener http = open(web.context(), it -> it.onPlatformThreads(1));
    try (Wire busy = slow(http);
        Wire waiting = new Wire(http.address()).request("GET", "/ok")) {
      await().until(() -> http.inFlight() == 2);
      http.close();

      assertTrue(busy.isClosedByServer());
      assertTrue(waiting.isClosedByServer());
      await().until(() -> http.inFlight() == 0);
    }
  }

  // Uncounted

  @Test
  void whatIsNotCountedIsKeptAliveWhileTheProgramDrains() throws Exception {
    AtomicReference<Context> context = new AtomicReference<>();
    CountDownLatch drained = new CountDownLatch(1);
    try (Running app =
        Srun.start(OneService.CONFIG, it -> it.service("admin", service(context, drained)))) {
      HttpListener counted = open(context.get(), UnaryOperator.identity());
      HttpListener http = open(context.get(), HttpListener::uncounted);
      app.stop("test");
      await().until(() -> Wire.get(counted, "/ok").saysClose());

      assertFalse(Wire.get(http, "/ok").saysClose());
      drained.countDown();
      app.await();
    }
  }

  /** One whose stop takes as long as a test wants it to. */
  private static Service service(AtomicReference<Context> context, CountDownLatch mayStop) {
    return new Service() {
      @Override
      public void run(Context ctx) {
        context.set(ctx);
      }

      @Override
      public void stop(Context ctx) throws InterruptedException {
        mayStop.await();
      }
    };
  }

  @Test
  void itsOwnDrainWaitsForWhatTheProgramDoesNotCount() throws Exception {
    HttpListener http = open(web.context(), HttpListener::uncounted);
    try (Wire probe = slow(http)) {
      assertEquals(1, http.inFlight());
      assertFalse(http.drain(Duration.ofMillis(20)));
      assertTrue(probe.isClosedByServer());
    }
  }
}
