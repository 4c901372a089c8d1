package dev.srun.admin;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.Context;
import dev.srun.Health;
import dev.srun.HealthStatus;
import dev.srun.Service;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a browser is shown. */
@Timeout(60)
final class WebPageTest {

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

  private static AdminUnderTest shop(Talking database) {
    return AdminUnderTest.with(app -> {
      app.service("database", database);
      app.service("ledger", ctx -> {}).dependsOn("database");
      app.service("api", ctx -> ctx.describe("web", "http://shop.example/<b>")).dependsOn("ledger");
    });
  }

  /** One that looks on. */
  private static final class Onlooker implements AutoCloseable {
    private final Socket socket;
    private final BufferedReader in;

    Onlooker(AdminUnderTest admin) throws IOException {
      socket = new Socket(admin.address().getAddress(), admin.address().getPort());
      socket.setSoTimeout(20_000);
      in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      String host = "Host: localhost:" + admin.address().getPort();
      socket
          .getOutputStream()
          .write(("GET /events HTTP/1.1\r\n" + host + "\r\n\r\n").getBytes(StandardCharsets.UTF_8));
    }

    String status() throws IOException {
      return in.readLine();
    }

    /** What comes with the next event of that name; what is between is left out. */
    String next(String event) throws IOException {
      String line = in.readLine();
      while (line != null && !line.equals("event: " + event)) {
        line = in.readLine();
      }
      StringBuilder data = new StringBuilder();
      for (line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
        data.append(line).append('\n');
      }
      return data.toString();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  @Test
  void thePageTellsAllThereIsToKnowWithoutAScript() throws Exception {
    try (AdminUnderTest admin = shop(new Talking())) {
      String page = admin.get("/").body();

      for (String word :
          List.of(
              "<h1>t <small>1.4.2</small></h1>",
              "HEALTHY",
              "<b class=\"yes\">ready</b>",
              "pid " + ProcessHandle.current().pid(),
              "needs database",
              "needs ledger",
              "<h2>Start <small>",
              "health notifications",
              "href=\"/debug/threads\"")) {
        assertTrue(page.contains(word), () -> word + " in " + page);
      }
      assertFalse(page.contains("class=\"trouble"), page);
    }
  }

  @Test
  void ofVeryManyServicesThoseThatAreWellAreNamedOnly() throws Exception {
    Talking database = new Talking();
    try (AdminUnderTest admin =
        AdminUnderTest.with(app -> {
          app.service("database", database);
          for (int i = 0; i < 300; i++) {
            app.service("s" + i, ctx -> {}).dependsOn(i % 2 == 0 ? "database" : "s0");
          }
          for (int i = 0; i < 700; i++) {
            app.service("t" + i, ctx -> {});
          }
        })) {
      database.says(Health.unhealthy("gone"));
      await().until(() -> admin.app().health().status() == HealthStatus.UNHEALTHY);
      String page = admin.get("/").body();

      assertEquals(StatusPage.MOST_ROWS, page.split("<th scope=\"row\">[dst]", -1).length - 1);
      assertTrue(page.contains("<p>and 201 more</p>"), page);
      assertTrue(page.contains("services are RUNNING and HEALTHY</summary><p>"), page);
      assertTrue(page.contains(" t698, t699</p>"), page);
    }
  }

  @Test
  void theRootCauseComesFirstInASentence() throws Exception {
    Talking database = new Talking();
    try (AdminUnderTest admin = shop(database)) {
      database.says(Health.unhealthy("connection <i>refused</i>"));
      await().until(() -> admin.app().health().status() == HealthStatus.UNHEALTHY);
      String page = admin.get("/").body();

      String sentence =
          "<h2>database is UNHEALTHY: connection &lt;i&gt;refused&lt;/i&gt;. 2 services follow</h2>";
      assertTrue(page.indexOf(sentence) > 0, page);
      assertTrue(page.indexOf(sentence) < page.indexOf("<h2>Services</h2>"), page);
      assertTrue(page.contains("<p class=\"reason\">← database UNHEALTHY"), page);
      assertFalse(page.contains("<i>refused"), page);
    }
  }

  @Test
  void nothingButItsOwnStyleAndScriptMayRunAndNothingIsAskedOfOthers() throws Exception {
    try (AdminUnderTest admin = shop(new Talking())) {
      var answer = admin.get("/");
      String page = answer.body();
      String policy = answer.header("Content-Security-Policy");

      assertTrue(policy.startsWith("default-src 'none'; "), policy);
      assertTrue(policy.contains("style-src '" + hash(page, "style") + "'"), policy);
      assertTrue(policy.contains("script-src '" + hash(page, "script") + "'"), policy);
      assertFalse(policy.contains("unsafe"), policy);
      assertFalse(page.contains(" style="), page);
      assertTrue(page.contains("href=\"http://shop.example/&lt;b&gt;\""), page);
      Matcher asks = Pattern.compile("(?:src|url\\()\\W*https?://").matcher(page);
      assertFalse(asks.find(), page);
    }
  }

  private static String hash(String page, String element) throws Exception {
    int begin = page.indexOf("<" + element + ">") + element.length() + 2;
    String text = page.substring(begin, page.indexOf("</" + element + ">"));
    byte[] digest =
        MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    return "sha256-" + Base64.getEncoder().encodeToString(digest);
  }

  @Test
  void theTimelineIsAPictureByItself() throws Exception {
    try (AdminUnderTest admin = shop(new Talking())) {
      var answer = admin.get("/timeline.svg");

      assertEquals(200, answer.status());
      assertEquals("image/svg+xml", answer.header("Content-Type"));
      assertTrue(answer.body().startsWith("<svg xmlns="), answer::body);
      assertTrue(answer.body().contains("ledger: init "), answer::body);
    }
  }

  @Test
  void whoLooksOnIsShownEachChangeAndBetweenThemThatTheProgramLives() throws Exception {
    Talking database = new Talking();
    try (AdminUnderTest admin = shop(database);
        Onlooker onlooker = new Onlooker(admin)) {
      assertTrue(onlooker.next("picture").contains("HEALTHY"));
      onlooker.next("beat");
      database.says(Health.degraded("replica lag"));
      assertTrue(onlooker.next("picture").contains("database is DEGRADED: replica lag"));
    }
  }

  @Test
  void theLastPictureIsThatOfTheStopWhichWaitsForNobody() throws Exception {
    try (AdminUnderTest admin = shop(new Talking());
        Onlooker onlooker = new Onlooker(admin)) {
      onlooker.next("picture");
      long begin = System.nanoTime();
      admin.app().stop("the test");
      assertTrue(onlooker.next("picture").contains("Stopping: asked: the test"));
      assertEquals("data: stopped\n", onlooker.next("end"));
      admin.app().await();

      assertTrue(System.nanoTime() - begin < Duration.ofSeconds(5).toNanos());
    }
  }

  @Test
  void eightMayLookOnAndOneWhoLeavesMakesRoom() throws Exception {
    try (AdminUnderTest admin = shop(new Talking())) {
      List<Onlooker> onlookers = new ArrayList<>();
      for (int i = 0; i < LiveUpdates.MOST; i++) {
        Onlooker onlooker = new Onlooker(admin);
        assertEquals("HTTP/1.1 200 OK", onlooker.status());
        onlookers.add(onlooker);
      }
      var refused = admin.get("/events");
      assertEquals(503, refused.status());
      assertEquals("8 are looking already; there is /services\n", refused.body());
      assertEquals(200, admin.get("/").status());

      onlookers.getFirst().close();
      await()
          .until(() -> {
            try (Onlooker next = new Onlooker(admin)) {
              return next.status().contains("200");
            }
          });
      for (Onlooker onlooker : onlookers) {
        onlooker.close();
      }
    }
  }
}
