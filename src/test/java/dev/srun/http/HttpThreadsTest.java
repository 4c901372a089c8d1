package dev.srun.http;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** On which threads handlers run, what they cannot hold up, and that they end. */
@Timeout(120)
final class HttpThreadsTest {
  private static final int CORES = Runtime.getRuntime().availableProcessors();

  private final OneService web = new OneService();
  private final Set<Thread> ranOn = ConcurrentHashMap.newKeySet();

  @AfterEach
  void stop() {
    web.close();
  }

  private HttpListener open() throws IOException {
    HttpListener http =
        web.http()
            .handle(
                "/ok",
                exchange -> {
                  ranOn.add(Thread.currentThread());
                  HttpListener.respond(exchange, 200, "text/plain", "ok");
                });
    http.open();
    return http;
  }

  @Test
  void handlersRunOnVirtualThreadsWhereMonitorsDoNotPinThem() throws IOException {
    HttpListener http = open();
    Wire.get(http, "/ok");
    boolean virtual = Runtime.version().feature() >= 24;

    assertEquals(1, ranOn.size());
    assertEquals(virtual, ranOn.iterator().next().isVirtual());
  }

  @Test
  void threadsAreNamedAfterServiceAndListener() throws IOException {
    HttpListener http = open();
    Wire.get(http, "/ok");
    String name = ranOn.iterator().next().getName();

    assertTrue(name.startsWith("web-api"), name);
  }

  @Test
  void handlersRunSideBySide() throws Exception {
    int together = 16;
    CountDownLatch all = new CountDownLatch(together);
    HttpListener http =
        open()
            .handle(
                "/meet",
                exchange -> {
                  all.countDown();
                  all.await();
                  HttpListener.respond(exchange, 200, "text/plain", "met");
                });
    List<Wire> wires = new ArrayList<>();
    try {
      for (int i = 0; i < together; i++) {
        wires.add(new Wire(http.address()).request("GET", "/meet"));
      }
      for (Wire wire : wires) {
        assertEquals("met", wire.answer().body());
      }
    } finally {
      for (Wire wire : wires) {
        wire.close();
      }
    }
  }

  @Test
  void clientsThatSendSlowlyStopNeitherOthersNorTheVirtualThreadsOfTheJvm() throws Exception {
    HttpListener http = open();
    List<Wire> slow = new ArrayList<>();
    try {
      for (int i = 0; i < CORES + 2; i++) {
        slow.add(new Wire(http.address()).send("GET /ok HTTP/1.1\r\nHost:"));
      }
      for (int round = 0; round < 10; round++) {
        CountDownLatch progress = new CountDownLatch(1);
        Thread.ofVirtual().start(progress::countDown);
        assertTrue(progress.await(10, TimeUnit.SECONDS), "virtual threads stand still");
        assertEquals(200, Wire.get(http, "/ok").status());
      }
      for (Wire wire : slow) {
        assertEquals(200, wire.send(" t\r\n\r\n").answer().status());
      }
    } finally {
      for (Wire wire : slow) {
        wire.close();
      }
    }
  }

  @Test
  void handlersThatBlockStopNeitherOthersNorTheVirtualThreadsOfTheJvm() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    HttpListener http =
        open()
            .handle(
                "/slow",
                exchange -> {
                  release.await();
                  HttpListener.respond(exchange, 200, "text/plain", "ok");
                });
    List<Wire> slow = new ArrayList<>();
    try {
      for (int i = 0; i < CORES + 2; i++) {
        slow.add(new Wire(http.address()).request("GET", "/slow"));
      }
      await().until(() -> http.inFlight() == slow.size());
      CountDownLatch progress = new CountDownLatch(1);
      Thread.ofVirtual().start(progress::countDown);
      assertTrue(progress.await(10, TimeUnit.SECONDS), "virtual threads stand still");
      assertEquals(200, Wire.get(http, "/ok").status());
      release.countDown();
      for (Wire wire : slow) {
        assertEquals(200, wire.answer().status());
      }
    } finally {
      release.countDown();
      for (Wire wire : slow) {
        wire.close();
      }
    }
  }

  @Test
  void nothingIsLeftWhenTheServiceHasStopped() throws Exception {
    HttpListener http = open();
    try (Wire half = new Wire(http.address()).send("GET /ok HTTP/1.1\r\n");
        Wire idle = new Wire(http.address())) {
      assertEquals(200, idle.request("GET", "/ok").answer().status());
      Wire.get(http, "/ok");
      web.close();

      assertTrue(half.isClosedByServer());
      assertTrue(idle.isClosedByServer());
    }
    HttpListenerTest.assertFree(http.address());
    await().until(() -> ranOn.stream().noneMatch(Thread::isAlive));
    await().until(() -> platformThreads("web", "HTTP-Dispatcher", "idle-timeout").isEmpty());
  }

  /** The live platform threads with such names; virtual ones are not listed by the JVM. */
  private static List<String> platformThreads(String... prefixes) {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> List.of(prefixes).stream().anyMatch(name::startsWith))
        .toList();
  }
}
