package dev.srun.admin;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import dev.srun.Config;
import dev.srun.Running;
import dev.srun.Srun;
import dev.srun.http.HttpListener;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import jdk.jfr.FlightRecorder;
import jdk.jfr.consumer.RecordingFile;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Profiles, as a client gets them. */
final class ProfilerTest {
  private static final String NAME = "wallet <1>";

  private final HttpClient client = HttpClient.newHttpClient();
  private final AtomicBoolean gone = new AtomicBoolean();
  private final AtomicReference<@Nullable Thread> handling = new AtomicReference<>();
  private final AtomicReference<@Nullable HttpListener> http = new AtomicReference<>();
  private final AtomicReference<@Nullable Profiler> profiler = new AtomicReference<>();
  private Set<Path> filesBefore = Set.of();
  private @Nullable Running app;

  @TempDir Path directory;

  @BeforeEach
  void start() throws IOException {
    filesBefore = recordingFiles();
    Config config = Config.named(NAME).withoutSignals().drain(Duration.ZERO);
    app =
        Srun.start(
            config,
            it ->
                it.service(
                    "admin",
                    context -> {
                      InetSocketAddress anyPort =
                          new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
                      Profiler made = new Profiler(context, ask(gone));
                      HttpListener listener = context.http("admin", anyPort);
                      listener.handle("/debug/pprof/profile", made::profile);
                      listener.handle("/debug/pprof/allocs", made::allocs);
                      listener.handle("/debug/flamegraph", made::flamegraph);
                      listener.handle("/debug/jfr", made::jfr);
                      profiler.set(made);
                      http.set(listener);
                      listener.open();
                    }));
  }

  private Predicate<HttpExchange> ask(AtomicBoolean answer) {
    return exchange -> {
      handling.set(Thread.currentThread());
      return answer.get();
    };
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    app.close();

    assertEquals(0, FlightRecorder.getFlightRecorder().getRecordings().size());
    assertEquals(filesBefore, recordingFiles());
  }

  private static Set<Path> recordingFiles() throws IOException {
    String ours = "srun-" + ProcessHandle.current().pid() + "-"; // tests may run side by side
    try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(ours))
          .collect(Collectors.toSet());
    }
  }

  // What comes

  @Test
  void aCpuProfileNamesWhatPlatformAndVirtualThreadsDo() throws Exception {
    HttpResponse<byte[]> answer = Busy.during(() -> get("/debug/pprof/profile?seconds=1"));

    assertEquals(200, answer.statusCode());
    assertEquals("application/octet-stream", header(answer, "Content-Type"));
    String named = header(answer, "Content-Disposition");
    assertTrue(
        named.matches(
            "attachment; filename=\"wallet_1_-\\d{4}-\\d\\d-\\d\\dT\\d{6}Z-cpu\\.pb\\.gz\""),
        named);
    String profile = unzipped(answer.body());
    assertTrue(profile.contains("dev.srun.admin.Busy.work"));
    assertTrue(profile.contains("dev.srun.admin.Busy.onPlatformThread"));
    assertTrue(profile.contains("dev.srun.admin.Busy.onVirtualThread"));
  }

  @Test
  void anAllocationProfileNamesTheAllocatedClass() throws Exception {
    HttpResponse<byte[]> answer = Busy.during(() -> get("/debug/pprof/allocs?seconds=1"));

    String profile = unzipped(answer.body());
    assertTrue(profile.contains("byte[]"));
    assertTrue(profile.contains("dev.srun.admin.Busy.work"));
    assertTrue(header(answer, "Content-Disposition").endsWith("-alloc.pb.gz\""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "&event=alloc"})
  void aFlameGraphIsAPageThatMayDoNothingElse(String event) throws Exception {
    HttpResponse<byte[]> answer = Busy.during(() -> get("/debug/flamegraph?seconds=1" + event));

    String page = new String(answer.body(), StandardCharsets.UTF_8);
    assertEquals(200, answer.statusCode(), page);
    assertEquals("text/html; charset=utf-8", header(answer, "Content-Type"));
    assertTrue(
        header(answer, "Content-Security-Policy").startsWith("default-src 'none'; "),
        answer.headers()::toString);
    assertTrue(page.contains("<h1>wallet_1_-"));
    List<String> names = namesIn(page);
    assertTrue(names.contains("dev.srun.admin.Busy.work"), names::toString);
    assertEquals(event.contains("alloc"), names.contains("byte[]"), names::toString);
  }

  @Test
  void aRecordingIsOneOfTheJdk() throws Exception {
    HttpResponse<byte[]> answer = Busy.during(() -> get("/debug/jfr?seconds=1"));

    Path file = Files.write(directory.resolve("a.jfr"), answer.body());
    assertEquals("FLR", new String(answer.body(), 0, 3, StandardCharsets.US_ASCII));
    assertTrue(
        RecordingFile.readAllEvents(file).stream()
            .anyMatch(event -> event.getEventType().getName().equals("jdk.CPULoad")));
    assertTrue(header(answer, "Content-Disposition").endsWith("Z.jfr\""));
  }

  // One at a time

  @Test
  void aSecondProfileIsToldWhoHasTheTurnAndComesLater() throws Exception {
    CompletableFuture<HttpResponse<byte[]>> first = begin("/debug/flamegraph?seconds=2");

    HttpResponse<byte[]> second = get("/debug/jfr?seconds=1");

    assertEquals(429, second.statusCode());
    String left = header(second, "Retry-After");
    assertTrue(Set.of("1", "2").contains(left), left);
    assertEquals(
        "one profile at a time: /debug/flamegraph takes %s s more\n".formatted(left), text(second));
    assertEquals(200, first.get().statusCode());
    assertEquals(200, get("/debug/jfr?seconds=1").statusCode());
  }

  // Before its time

  @Test
  void aProfileThatNobodyWaitsForIsGivenUp() throws Exception {
    CompletableFuture<HttpResponse<byte[]>> answer = begin("/debug/pprof/profile?seconds=300");

    gone.set(true);

    assertEquals("the client is gone\n", text(answer.get()));
    gone.set(false);
    assertEquals(200, get("/debug/pprof/profile?seconds=1").statusCode());
  }

  @Test
  void anInterruptEndsIt() throws Exception {
    CompletableFuture<HttpResponse<byte[]>> answer = begin("/debug/jfr?seconds=300");

    handling.get().interrupt();

    assertEquals("the server closes\n", text(answer.get()));
    assertEquals(200, get("/debug/pprof/profile?seconds=1").statusCode());
  }

  @Test
  void itDoesNotHoldUpTheEndOfTheProgram() throws Exception {
    CompletableFuture<HttpResponse<byte[]>> answer = begin("/debug/jfr?seconds=300");

    app.close();

    await().until(() -> answer.isDone());
  }

  @Test
  void onceItIsClosedThereIsNone() throws Exception {
    CompletableFuture<HttpResponse<byte[]>> before = begin("/debug/jfr?seconds=300");

    profiler.get().close();

    assertEquals("the program is stopping\n", text(before.get()));
    assertEquals(503, get("/debug/jfr?seconds=1").statusCode());
  }

  // What is refused

  @ParameterizedTest
  @ValueSource(
      strings = {"/debug/pprof/profile", "/debug/pprof/allocs", "/debug/flamegraph", "/debug/jfr"})
  void secondsAreANumberWithinLimits(String path) throws Exception {
    for (String bad : new String[] {"0", "301", "-1", "1.5", "soon"}) {
      HttpResponse<byte[]> answer = get(path + "?seconds=" + bad);

      assertEquals(400, answer.statusCode());
      assertEquals(
          "seconds is '%s': expected a whole number from 1 to 300\n".formatted(bad), text(answer));
    }
  }

  @Test
  void theEventOfAFlameGraphIsOneOfTwo() throws Exception {
    HttpResponse<byte[]> answer = get("/debug/flamegraph?event=wall");

    assertEquals(400, answer.statusCode());
    assertEquals("event is 'wall': expected one of cpu, alloc\n", text(answer));
  }

  @Test
  void withoutRoomOnTheDiskThereIsNone() {
    NoProfileException refused =
        assertThrows(
            NoProfileException.class, () -> TemporaryRecording.withRoomFor(Long.MAX_VALUE));

    assertEquals(503, refused.status());
    assertTrue(refused.getMessage().contains("needs room for"), refused::getMessage);
  }

  /** Waits until it records. */
  private CompletableFuture<HttpResponse<byte[]>> begin(String path) {
    handling.set(null);
    CompletableFuture<HttpResponse<byte[]>> answer =
        client.sendAsync(request(path), BodyHandlers.ofByteArray());
    await().until(() -> handling.get() != null);
    assertFalse(answer.isDone());
    assertEquals(1, FlightRecorder.getFlightRecorder().getRecordings().size());
    return answer;
  }

  private HttpResponse<byte[]> get(String path) throws Exception {
    return client.send(request(path), BodyHandlers.ofByteArray());
  }

  private HttpRequest request(String path) {
    return HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:" + http.get().address().getPort() + path))
        .timeout(Duration.ofSeconds(30))
        .build();
  }

  private static String header(HttpResponse<?> answer, String name) {
    return answer.headers().firstValue(name).orElse("");
  }

  private static String text(HttpResponse<byte[]> answer) {
    return new String(answer.body(), StandardCharsets.UTF_8);
  }

  /** Each name in the page begins with a count of characters that it shares with the one before. */
  private static List<String> namesIn(String page) {
    List<String> names = new ArrayList<>(List.of(""));
    page.lines()
        .dropWhile(line -> !line.equals("const cpool = ["))
        .skip(2)
        .takeWhile(line -> line.startsWith("'"))
        .map(line -> line.substring(1, line.lastIndexOf('\'')))
        .forEach(line ->
            names.add(names.getLast().substring(0, line.charAt(0) - ' ') + line.substring(1)));
    return names;
  }

  private static String unzipped(byte[] bytes) throws IOException {
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
      return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }
}
