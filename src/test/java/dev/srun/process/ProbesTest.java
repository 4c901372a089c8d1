package dev.srun.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.Context;
import dev.srun.Health;
import dev.srun.Service;
import dev.srun.Srun;
import dev.srun.http.HttpListener;
import dev.srun.process.ListenerUnderTest.Answer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What an orchestrator that probes a program makes of it, from its start to its end. */
class ProbesTest {

  static final class SlowStart {
    public static void main(String[] args) {
      Srun.runOrExit(
          "slow",
          app -> {
            app.service("database", new Spoken());
            app.init("cache", ctx -> Told.line());
            app.service("api", new Spoken());
          });
    }
  }

  @Test
  void duringASlowStartItIsLiveAndNotReadyAndTheAnswerNamesWhatItWaitsFor() throws Exception {
    try (var program = ProgramUnderTest.of(SlowStart.class).withAdmin().start();
        var kubelet = Kubelet.of(program.awaitListener("admin"))) {
      kubelet.awaitJournal(
          "started: 200 live", "not ready: 503 not ready: starting: cache INITIATING for a while");
      program.tell("go on");
      kubelet.awaitJournal(
          "started: 200 live",
          "not ready: 503 not ready: starting: cache INITIATING for a while",
          "ready: 200 ready");
      program.signal("TERM");
      program.assertExit(0);
    }
  }

  /** Its loop beats, stands still when it is told something, and beats again when told again. */
  static final class Stuck {
    public static void main(String[] args) {
      Srun.runOrExit(
          "stuck",
          app -> {
            app.service("loop", Stuck::loop).beatWithin(Duration.ofSeconds(1));
            app.service("api", new Spoken());
          });
    }

    private static void loop(Context ctx) throws Exception {
      ctx.ready();
      beatUntil(Told::something, ctx);
      Told.line();
      Told.line();
      beatUntil(() -> false, ctx);
    }

    private static void beatUntil(java.util.concurrent.Callable<Boolean> end, Context ctx)
        throws Exception {
      while (!end.call()) {
        ctx.alive();
        Thread.sleep(Duration.ofMillis(20));
      }
    }
  }

  @Test
  void aLoopThatStandsStillHasItRestartedAndLeavesItReady() throws Exception {
    try (var program = ProgramUnderTest.of(Stuck.class).withAdmin().start()) {
      ListenerUnderTest admin = program.awaitListener("admin");
      try (var kubelet = Kubelet.of(admin)) {
        kubelet.awaitJournal("started: 200 live", "ready: 200 ready");
        program.tell("stand still");
        kubelet.awaitJournal(
            "started: 200 live",
            "ready: 200 ready",
            "would restart: 503 not live: no beat of loop");
        assertEquals("200 ready", admin.get("/ready").toString());
        program.tell("go on");
        await().untilAsserted(() -> assertEquals("200 live", admin.get("/livez").toString()));
        program.signal("TERM");
        program.assertExit(0);
      }
    }
  }

  /** What it is told becomes its health. */
  static final class Reports implements Service {
    @Override
    public void run(Context ctx) throws IOException {
      ctx.ready();
      for (String told = Told.line(); !told.isEmpty(); told = Told.line()) {
        ctx.health()
            .report(
                switch (told) {
                  case "unhealthy" -> Health.unhealthy("connection refused");
                  case "degraded" -> Health.degraded("one replica of two");
                  default -> Health.healthy();
                });
      }
    }

    public static void main(String[] args) {
      Srun.runOrExit(
          "wallet",
          app -> {
            app.service("database", new Reports());
            app.service("api", new Spoken()).requires("database");
          });
    }
  }

  @Test
  void anUnhealthyServiceMakesItNotReadyAndADegradedOneDoesNotButBothAreNamed() throws Exception {
    try (var program = ProgramUnderTest.of(Reports.class).withAdmin().start()) {
      ListenerUnderTest admin = program.awaitListener("admin");
      try (var kubelet = Kubelet.of(admin)) {
        kubelet.awaitJournal("started: 200 live", "ready: 200 ready");
        program.tell("unhealthy");
        kubelet.awaitJournal(
            "started: 200 live",
            "ready: 200 ready",
            "not ready: 503 not ready: database UNHEALTHY: connection refused");
        assertBegins("503 UNHEALTHY: database UNHEALTHY: connection refused", admin, "/health");
        program.tell("degraded");
        kubelet.awaitJournal(
            "started: 200 live",
            "ready: 200 ready",
            "not ready: 503 not ready: database UNHEALTHY: connection refused",
            "ready: 200 ready: DEGRADED: database DEGRADED: one replica of two");
        assertBegins("200 DEGRADED: database DEGRADED: one replica of two", admin, "/health");
        program.tell("healthy");
        await().untilAsserted(() -> assertEquals("200 ready", admin.get("/ready").toString()));
        assertBegins("200 HEALTHY", admin, "/health");
      }
    }
  }

  /** The api drains what it is asked; what was started before it waits in its stop. */
  static final class Draining implements Service {
    private HttpListener http;

    @Override
    public void init(Context ctx) throws IOException {
      http = ctx.http("http", new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      http.handle("/", exchange -> HttpListener.respond(exchange, 200, "text/plain", "hello"));
    }

    @Override
    public void run(Context ctx) {
      http.open();
    }

    @Override
    public void stop(Context ctx) throws InterruptedException {
      http.drain(ctx.remaining());
    }

    public static void main(String[] args) {
      Srun.runOrExit(
          "draining",
          app -> {
            app.service(
                "ledger",
                new Spoken() {
                  @Override
                  public void stop(Context ctx) throws Exception {
                    super.stop(ctx);
                    Told.line();
                  }
                });
            app.service("api", new Draining());
          });
    }
  }

  @Test
  void itIsNotReadyBeforeAConnectionIsTurnedAwayAndAnswersProbesToTheEnd() throws Exception {
    try (var program =
        ProgramUnderTest.of(Draining.class).withAdmin().env("SRUN_DRAIN", "3s").start()) {
      ListenerUnderTest admin = program.awaitListener("admin");
      ListenerUnderTest api = program.awaitListener("http");
      try (var kubelet = Kubelet.of(admin);
          var keptAlive = api.new Connection(ListenerUnderTest.PATIENCE)) {
        kubelet.awaitJournal("started: 200 live", "ready: 200 ready");
        assertEquals("200 hello", keptAlive.ask("GET", "/").toString());
        program.signal("TERM");
        await().until(() -> isTheLast(keptAlive));
        assertEquals("503 not ready: stopping (signal TERM)", admin.get("/ready").toString());
        await().until(() -> isRefused(api));
        kubelet.note("the api refuses a connection");
        kubelet.awaitJournal(
            "started: 200 live",
            "ready: 200 ready",
            "not ready: 503 not ready: stopping (signal TERM)",
            "the api refuses a connection");
        program.awaitLine("ledger stop");
        assertEquals("200 live", admin.get("/livez").toString());
        assertBegins("503 STOPPED: stopping", admin, "/health");
      }
      program.tell("go on");
      program.assertExit(0);
      assertThrows(ConnectException.class, () -> admin.get("/livez"));
    }
  }

  private static boolean isTheLast(ListenerUnderTest.Connection keptAlive) throws IOException {
    Answer answer = keptAlive.ask("GET", "/");
    assertEquals("200 hello", answer.toString());
    return answer.last();
  }

  private static boolean isRefused(ListenerUnderTest listener) {
    try {
      listener.get("/");
      return false;
    } catch (IOException refused) {
      return true;
    }
  }

  private static void assertBegins(String expected, ListenerUnderTest admin, String path)
      throws IOException {
    Answer answer = admin.get(path);
    assertTrue(answer.toString().startsWith(expected), answer::toString);
  }
}
