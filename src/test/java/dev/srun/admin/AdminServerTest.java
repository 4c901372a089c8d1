package dev.srun.admin;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.Context;
import dev.srun.DebugAccess;
import dev.srun.Health;
import dev.srun.HealthChecked;
import dev.srun.HealthStatus;
import dev.srun.Running;
import dev.srun.Service;
import dev.srun.Srun;
import dev.srun.StartFailedException;
import dev.srun.admin.AdminServer.Options;
import dev.srun.http.Wire;
import dev.srun.http.Wire.Answer;
import java.io.IOException;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an orchestrator and an operator are told. */
@Timeout(60)
final class AdminServerTest {

  /** Says how well it is. */
  private static final class Talking implements Service {
    private final CompletableFuture<Context> context = new CompletableFuture<>();

    @Override
    public void run(Context ctx) {
      context.complete(ctx);
    }

    void says(Health health) {
      context.join().health().report(health);
    }
  }

  /** A chain of three, the last of which follows the first. */
  private static AdminUnderTest chain(Talking database) {
    return AdminUnderTest.with(app -> {
      app.service("database", database);
      app.service("ledger", ctx -> {}).dependsOn("database");
      app.service("api", ctx -> {}).dependsOn("ledger");
    });
  }

  private static void awaitHealth(AdminUnderTest admin, HealthStatus status) {
    await().until(() -> admin.app().health().status() == status);
  }

  // Probes

  @Test
  void aProgramThatIsWellIsHealthyReadyAndLive() throws IOException {
    try (AdminUnderTest admin = AdminUnderTest.with(app -> app.service("api", ctx -> {}))) {
      Answer health = admin.get("/health");

      assertEquals(200, health.status());
      assertTrue(health.body().startsWith("HEALTHY\n"), health::body);
      assertEquals("200 ready\n", line(admin.get("/ready")));
      assertEquals("200 live\n", line(admin.get("/livez")));
    }
  }

  private static String line(Answer answer) {
    return answer.status() + " " + answer.body();
  }

  @Test
  void degradedIsStillServedAndSaysSoWithTheRootCause() throws IOException {
    Talking database = new Talking();
    try (AdminUnderTest admin = chain(database)) {
      database.says(Health.degraded("replica lag 12 s"));
      awaitHealth(admin, HealthStatus.DEGRADED);
      Answer health = admin.get("/health");

      assertEquals(200, health.status());
      assertTrue(
          health.body().startsWith("DEGRADED: database DEGRADED: replica lag 12 s\n"),
          health::body);
      assertTrue(
          health.body().contains("api DEGRADED <- ledger DEGRADED <- database"), health::body);
      assertEquals(
          "200 ready: DEGRADED: database DEGRADED: replica lag 12 s\n", line(admin.get("/ready")));
    }
  }

  @Test
  void unhealthyIs503WithTheRootCause() throws IOException {
    Talking database = new Talking();
    try (AdminUnderTest admin = chain(database)) {
      database.says(Health.unhealthy("disk full"));
      awaitHealth(admin, HealthStatus.UNHEALTHY);
      Answer health = admin.get("/health");

      assertEquals(503, health.status());
      assertTrue(
          health.body().startsWith("UNHEALTHY: database UNHEALTHY: disk full\n"), health::body);
      assertEquals("503 not ready: database UNHEALTHY: disk full\n", line(admin.get("/ready")));
      assertEquals("200 live\n", line(admin.get("/livez")));
    }
  }

  @Test
  void aStatusComesWithItsAgeAndTheAgeOfItsCheck() throws IOException {
    class Checked implements Service, HealthChecked {
      @Override
      public void run(Context ctx) {}

      @Override
      public Health check() {
        return Health.healthy();
      }
    }
    try (AdminUnderTest admin =
        AdminUnderTest.with(app -> app.service("database", new Checked()))) {
      String row =
          admin
              .get("/health")
              .body()
              .lines()
              .filter(each -> each.contains("database"))
              .findFirst()
              .get();

      assertTrue(
          row.matches("HEALTHY +RUNNING +[0-9]+m?s +[0-9]+m?s ago +database \\(run returned\\)"),
          row);
    }
  }

  @Test
  void probesAnswerFromTheFirstMomentOfASlowStart() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    CompletableFuture<Context> starting = new CompletableFuture<>();
    CompletableFuture<Running> started = new CompletableFuture<>();
    class Slow implements Service {
      @Override
      public void init(Context ctx) throws InterruptedException {
        starting.complete(ctx);
        release.await();
      }

      @Override
      public void run(Context ctx) {}
    }
    Options options =
        new Options(AdminUnderTest.anyPort(), true, new DebugAccess.Loopback(), false);
    Thread starter =
        Thread.ofVirtual()
            .start(() ->
                started.complete(
                    Srun.start(
                        AdminUnderTest.CONFIG,
                        app -> {
                          app.service("admin", new AdminServer(options, AdminServer.Metrics.NONE));
                          app.service("slow", new Slow());
                        })));
    var address = AdminUnderTest.address(starting.join().runner());
    try {
      try (Wire wire = new Wire(address)) {
        Answer ready = wire.request("GET", "/ready").answer();
        assertEquals(503, ready.status());
        assertTrue(
            ready.body().matches("not ready: starting: slow INITIATING for [0-9.]+[mµn]?s\n"),
            ready::body);
        assertEquals("200 live\n", line(wire.request("GET", "/livez").answer()));
        Answer health = wire.request("GET", "/health").answer();
        assertEquals(503, health.status());
        assertTrue(health.body().startsWith("STOPPED: starting\n"), health::body);
      }
    } finally {
      release.countDown();
      started.join().close();
      starter.join();
    }
  }

  @Test
  void aStopIsToldUntilTheLastServiceHasStopped() throws Exception {
    CountDownLatch stopping = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    class SlowStop implements Service {
      @Override
      public void run(Context ctx) {}

      @Override
      public void stop(Context ctx) throws InterruptedException {
        stopping.countDown();
        release.await();
      }
    }
    try (AdminUnderTest admin = AdminUnderTest.with(app -> app.service("slow", new SlowStop()))) {
      var address = admin.address();
      admin.app().stop("test");
      stopping.await();

      assertEquals("503 not ready: stopping (asked: test)\n", line(admin.get("/ready")));
      assertEquals("200 live\n", line(admin.get("/livez")));
      assertEquals(503, admin.get("/health").status());
      release.countDown();
      assertEquals(0, admin.app().await().code());
      assertThrows(IOException.class, () -> new Wire(address).close());
    }
  }

  @Test
  void machinesGetJson() throws IOException {
    Talking database = new Talking();
    try (AdminUnderTest admin = chain(database)) {
      database.says(Health.unhealthy("a \"quoted\" reason"));
      awaitHealth(admin, HealthStatus.UNHEALTHY);
      Answer byHeader = admin.get("/health", "Accept: application/json");
      Answer byQuery = admin.get("/health?format=json");

      assertEquals("application/json", byHeader.header("Content-Type"));
      assertEquals(503, byHeader.status());
      for (Answer answer : List.of(byHeader, byQuery)) {
        assertAll(
            () -> assertContains(answer.body(), "\"status\":\"UNHEALTHY\""),
            () -> assertContains(answer.body(), "\"reason\":\"a \\\"quoted\\\" reason\""),
            () -> assertContains(answer.body(), "\"root_cause\":\"database\""),
            () -> assertContains(answer.body(), "\"explanation\":\"api DEGRADED <- ledger"));
      }
      assertContains(admin.get("/ready?format=json").body(), "{\"ready\":false,\"reason\":\"");
      assertContains(admin.get("/livez?format=json").body(), "{\"live\":true,\"reason\":\"\"}");
      assertEquals(400, admin.get("/ready?format=xml").status());
    }
  }

  private static void assertContains(String text, String part) {
    assertTrue(text.contains(part), () -> part + " is not in " + text);
  }

  @Test
  void aProbeNeverCallsUserCode() throws IOException {
    AtomicInteger calls = new AtomicInteger();
    class Counted implements Service, HealthChecked {
      @Override
      public void run(Context ctx) {}

      @Override
      public Health check() {
        calls.incrementAndGet();
        return Health.healthy();
      }
    }
    try (AdminUnderTest admin = AdminUnderTest.with(app -> app.service("counted", new Counted()))) {
      int before = calls.get();
      for (String path : List.of("/health", "/ready", "/livez", "/metrics", "/services")) {
        assertEquals(200, admin.get(path).status(), path);
      }

      assertEquals(before, calls.get());
    }
  }

  @Test
  void probesDoNotCountAsWorkInFlight() throws IOException {
    try (AdminUnderTest admin = AdminUnderTest.with(app -> app.service("api", ctx -> {}));
        Wire kept = new Wire(admin.address())) {
      Answer answer = kept.request("GET", "/ready").answer();
      assertFalse(answer.saysClose());
      assertEquals(200, kept.request("GET", "/ready").answer().status());
    }
  }

  // The state of the services

  @Test
  void servicesAreToldWithStateFactsPhasesAndHealth() throws IOException {
    try (AdminUnderTest admin =
        AdminUnderTest.with(app -> {
          app.service("database", ctx -> ctx.describe("store", "memory"));
          app.service("api", ctx -> {}).dependsOn("database");
        })) {
      String json = admin.get("/services").body();

      assertAll(
          () ->
              assertContains(
                  json, "{\"program\":\"t\",\"version\":\"1.4.2\",\"generation\":1,\"pid\":"),
          () -> assertContains(json, "\"ready\":true,\"live\":true,\"health\":\"HEALTHY\""),
          () -> assertContains(json, "{\"name\":\"database\",\"state\":\"RUNNING\""),
          () -> assertContains(json, "\"depends_on\":[\"database\"]"),
          () -> assertContains(json, "\"facts\":{\"store\":\"memory\"}"),
          () -> assertContains(json, "{\"phase\":\"init\",\"since\":\""),
          () -> assertContains(json, "{\"phase\":\"ready\",\"since\":\""));
    }
  }

  @Test
  void aStopIsToldInTheFiguresWithItsCauseAndHowItGoes() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    class Lingers implements Service {
      @Override
      public void run(Context ctx) {}

      @Override
      public void stop(Context ctx) throws InterruptedException {
        go.await();
      }
    }
    try (AdminUnderTest admin = AdminUnderTest.with(app -> app.service("api", new Lingers()))) {
      assertFalse(admin.get("/metrics").body().contains("srun_stop_"));
      admin.app().stop("done");
      String metrics = admin.get("/metrics").body();
      go.countDown();

      assertContains(metrics, "\n# TYPE srun_stop_duration_seconds gauge\n");
      assertContains(metrics, "\nsrun_stop_duration_seconds{srun_cause_kind=\"asked\"} ");
      assertContains(metrics, "\nsrun_stop_outcome 0\n");
    }
  }

  @Test
  void metricsAreTheRunnersOwnFigures() throws IOException {
    Talking database = new Talking();
    try (AdminUnderTest admin = chain(database)) {
      database.says(Health.unhealthy("disk full"));
      awaitHealth(admin, HealthStatus.UNHEALTHY);
      Answer answer = admin.get("/metrics");
      List<String> lines = answer.body().lines().toList();

      assertEquals("text/plain; version=0.0.4; charset=utf-8", answer.header("Content-Type"));
      for (String line :
          List.of(
              "srun_ready 0",
              "srun_live 1",
              "srun_generation 1",
              "srun_service_state{srun_service_name=\"database\"} 4",
              "srun_health_status{srun_service_name=\"database\"} 1",
              "srun_health_status{srun_service_name=\"api\"} 2",
              "srun_check_duration_seconds_count 0")) {
        assertTrue(lines.contains(line), () -> line + " is not in " + answer.body());
      }
      assertTrue(
          lines.stream()
              .allMatch(line ->
                  line.matches("# (HELP|TYPE) srun_\\w+ .+|srun_\\w+(\\{[^}]+})? [0-9.E-]+")),
          answer::body);
    }
  }

  // Limits

  @ParameterizedTest
  @ValueSource(strings = {"/nothing", "/healthy", "/health/", "/../etc/passwd", "/%2e%2e/health"})
  void anUnknownPathIs404(String path) throws IOException {
    try (AdminUnderTest admin = AdminUnderTest.with(app -> {})) {
      assertEquals(404, admin.get(path).status());
    }
  }

  @ParameterizedTest
  @CsvSource({"POST, /ready", "DELETE, /metrics", "PUT, /debug/threads", "POST, /debug/log-level"})
  void anotherMethodIs405AndTellsWhichWouldDo(String method, String path) throws IOException {
    try (AdminUnderTest admin = AdminUnderTest.with(app -> {})) {
      Answer answer = admin.ask(method, path);

      assertEquals(405, answer.status());
      assertTrue(answer.header("Allow").startsWith("GET"), answer::toString);
    }
  }

  @Test
  void everyAnswerSaysThatItIsNotToBeKeptNorGuessedAt() throws IOException {
    try (AdminUnderTest admin = AdminUnderTest.with(app -> {})) {
      for (Answer answer :
          List.of(
              admin.get("/health"),
              admin.get("/nothing"),
              admin.ask("POST", "/health"),
              admin.get("/debug/"),
              admin.get("/debug/nothing"),
              admin.get("/debug/threads", "Host: elsewhere"))) {
        assertEquals("no-store", answer.header("Cache-Control"), answer::toString);
        assertEquals("nosniff", answer.header("X-Content-Type-Options"), answer::toString);
        assertEquals("", answer.header("Access-Control-Allow-Origin"), answer::toString);
      }
    }
  }

  @Test
  void headIsAnsweredLikeGetWithoutABody() throws IOException {
    try (AdminUnderTest admin = AdminUnderTest.with(app -> {})) {
      Answer answer = admin.ask("HEAD", "/health");

      assertEquals(200, answer.status());
      assertEquals("", answer.body());
    }
  }

  @Test
  void readersSideBySideAllGetAnAnswer() throws Exception {
    try (AdminUnderTest admin = AdminUnderTest.with(app -> app.service("api", ctx -> {}))) {
      List<CompletableFuture<Integer>> answers = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        CompletableFuture<Integer> answer = new CompletableFuture<>();
        answers.add(answer);
        Thread.ofVirtual()
            .start(() -> {
              try {
                answer.complete(admin.get("/health").status());
              } catch (IOException e) {
                answer.completeExceptionally(e);
              }
            });
      }
      for (CompletableFuture<Integer> answer : answers) {
        assertEquals(200, answer.get());
      }
    }
  }

  // The address

  @Test
  void anAddressThatWasChosenMustBeFree() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, AdminUnderTest.anyPort().getAddress())) {
      StartFailedException error =
          assertThrows(StartFailedException.class, () -> start(taken, true).close());

      assertContains(error.getMessage(), "admin");
      assertContains(String.valueOf(error.exit().failures()), "127.0.0.1:" + taken.getLocalPort());
    }
  }

  @Test
  void withoutTheDefaultAddressTheProgramRunsOn() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, AdminUnderTest.anyPort().getAddress());
        Running app = start(taken, false)) {
      assertTrue(app.isReady());
    }
  }

  private static Running start(ServerSocket taken, boolean required) {
    var address = new java.net.InetSocketAddress(taken.getInetAddress(), taken.getLocalPort());
    Options options = new Options(address, required, new DebugAccess.Off(), false);
    return Srun.start(
        AdminUnderTest.CONFIG,
        app -> app.service("admin", new AdminServer(options, AdminServer.Metrics.NONE)));
  }
}
