package dev.srun.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.Context;
import dev.srun.DebugAccess;
import dev.srun.Service;
import dev.srun.http.Wire.Answer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the debug tools show of a program. */
@Timeout(60)
final class DebugToolsTest {

  /** Has a virtual thread, a platform thread, and a run that waits. */
  private static final class Threaded implements Service {
    private final CountDownLatch end = new CountDownLatch(1);
    private final CountDownLatch waiting = new CountDownLatch(3);

    @Override
    public void run(Context ctx) throws InterruptedException {
      ctx.threads().start("worker", own -> waitHere());
      ctx.threads().platform("native").newThread(this::waitUninterrupted).start();
      waiting.countDown();
      waiting.await();
      ctx.ready();
      end.await();
    }

    private void waitHere() throws InterruptedException {
      waiting.countDown();
      end.await();
    }

    private void waitUninterrupted() {
      try {
        waitHere();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Test
  void threadsAreToldByServiceVirtualOnesIncluded() throws IOException {
    try (AdminUnderTest admin = AdminUnderTest.with(app -> app.service("pump", new Threaded()))) {
      String text = admin.get("/debug/threads").body();
      List<String> groups =
          text.lines().filter(line -> line.matches("\\S.*: \\d+ threads?")).toList();
      String pump = text.substring(text.indexOf("pump: "), text.indexOf("srun: "));

      assertTrue(groups.contains("pump: 3 threads"), groups::toString);
      assertTrue(groups.getLast().startsWith("no service: "), groups::toString);
      assertTrue(pump.matches("(?s).*\"pump-worker\" #\\d+ virtual WAITING\n.*"), pump);
      assertTrue(pump.matches("(?s).*\"pump-native-1\" #\\d+ WAITING\n.*"), pump);
      assertTrue(pump.contains("at dev.srun.admin.DebugToolsTest$Threaded.waitHere("), pump);
    }
  }

  @Test
  void threadsAreToldAsJsonToo() throws IOException {
    try (AdminUnderTest admin = AdminUnderTest.with(app -> app.service("pump", new Threaded()))) {
      String json = admin.get("/debug/threads?format=json").body();

      assertTrue(json.startsWith("{\"groups\":[{\"service\":\""), json);
      assertTrue(json.contains("{\"service\":\"pump\",\"threads\":[{\"id\":"), json);
      assertTrue(
          json.contains("\"name\":\"pump-worker\",\"virtual\":true,\"state\":\"WAITING\""), json);
    }
  }

  @Test
  void theHistogramTellsObjectsByClass() throws IOException {
    try (AdminUnderTest admin = AdminUnderTest.with(app -> {})) {
      for (String path : List.of("/debug/heap/histogram", "/debug/heap/histogram?live=true")) {
        Answer answer = admin.get(path);
        assertEquals(200, answer.status());
        assertTrue(answer.body().contains("java.lang.String"), answer::body);
      }
      assertEquals(400, admin.get("/debug/heap/histogram?live=perhaps").status());
    }
  }

  @Test
  void theHeapIsNotDumpedUnlessThatIsAllowed() throws IOException {
    try (AdminUnderTest admin = AdminUnderTest.with(app -> {})) {
      Answer answer = admin.get("/debug/heap/dump");

      assertEquals(403, answer.status());
      assertTrue(answer.body().contains("SRUN_ADMIN_HEAP_DUMP=on"), answer::body);
    }
  }

  @Test
  void anAllowedHeapDumpIsHprofInGzip() throws Exception {
    try (AdminUnderTest admin = AdminUnderTest.with(new DebugAccess.Loopback(), true, app -> {});
        HttpClient client = HttpClient.newHttpClient()) {
      URI uri = URI.create("http://127.0.0.1:" + admin.address().getPort() + "/debug/heap/dump");
      HttpResponse<byte[]> answer =
          client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofByteArray());
      try (InputStream dump = new GZIPInputStream(new ByteArrayInputStream(answer.body()))) {
        byte[] head = dump.readNBytes(18);

        assertEquals("JAVA PROFILE 1.0.2", new String(head, StandardCharsets.US_ASCII));
        assertTrue(dump.skip(Long.MAX_VALUE) > 1_000_000);
      }
      assertEquals(
          "attachment; filename=\"heap.hprof.gz\"",
          answer.headers().firstValue("Content-Disposition").orElse(""));
    }
  }

  @Test
  void theCommandLineIsTold() throws IOException {
    try (AdminUnderTest admin = AdminUnderTest.with(app -> {})) {
      List<String> lines = admin.get("/debug/cmdline").body().lines().toList();

      assertTrue(lines.getFirst().endsWith("java"), lines::toString);
      assertTrue(lines.size() > 2, lines::toString);
    }
  }

  @Test
  void secretsOfTheCommandLineAreMasked() {
    assertEquals(
        List.of(
            "java",
            "-Ddb.password=***",
            "-Dapi-key=***",
            "-Dkeystore.pass=***",
            "--passphrase=***",
            "--token",
            "***",
            "--access-key=***",
            "jdbc:postgresql://wallet:***@db/wallet?ssl=on",
            "jdbc:postgresql://db/wallet?user=w&password=***&ssl=on",
            "https://***@github.example/x",
            "https://u:***@github.example/x",
            "https://github.example/x@y",
            "-Dname=value",
            "-Dpath=/tmp/a",
            "--verbose",
            "plain"),
        CommandLine.masked(
            List.of(
                "java",
                "-Ddb.password=hunter2",
                "-Dapi-key=hunter2 and more",
                "-Dkeystore.pass=hunter2&more;of it",
                "--passphrase=hunter2\nand more",
                "--token",
                "hunter2",
                "--access-key=hunter2",
                "jdbc:postgresql://wallet:hunter2@db/wallet?ssl=on",
                "jdbc:postgresql://db/wallet?user=w&password=hunter2&ssl=on",
                "https://hunter2@github.example/x",
                "https://u:hun/ter2@github.example/x",
                "https://github.example/x@y",
                "-Dname=value",
                "-Dpath=/tmp/a",
                "--verbose",
                "plain")));
  }

  @Test
  void levelsOfALogThatIsNotSrunsAreLeftAlone() throws IOException {
    try (AdminUnderTest admin = AdminUnderTest.with(app -> {})) {
      assertEquals(409, admin.ask("PUT", "/debug/log-level?level=debug").status());
      assertEquals("the log is not srun's\n", admin.get("/debug/log-level").body());
    }
  }

  @Test
  void aBadLevelOrLoggerIsRefusedWithWhatWouldDo() throws IOException {
    try (AdminUnderTest admin = AdminUnderTest.with(app -> {})) {
      assertTrue(
          refusal(admin, "level=loud")
              .startsWith("level is 'loud': expected one of default, trace"));
      assertTrue(refusal(admin, "").startsWith("level is missing: expected one of"));
      assertTrue(refusal(admin, "level=info&logger=a%0Ab").startsWith("logger is not"));
    }
  }

  private static String refusal(AdminUnderTest admin, String query) throws IOException {
    Answer answer = admin.ask("PUT", "/debug/log-level?" + query);
    assertEquals(400, answer.status());
    return answer.body();
  }
}
