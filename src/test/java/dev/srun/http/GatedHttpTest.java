package dev.srun.http;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.Context;
import dev.srun.HealthChannel;
import dev.srun.Listener;
import dev.srun.ListeningSocket;
import dev.srun.Runner;
import dev.srun.ServiceThreads;
import dev.srun.Task;
import dev.srun.Work;
import dev.srun.upgrade.GateUnderTest;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.trace.Tracer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An HTTP listener in a program that takes another one's place, and that is replaced. */
@Timeout(60)
final class GatedHttpTest {
  private static final InetSocketAddress HANDED_OVER =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 8080);

  private final OneService app = new OneService();
  private final GateUnderTest gate = new GateUnderTest("api", HANDED_OVER);
  private final HttpClient client = HttpClient.newHttpClient();

  @AfterEach
  void stop() {
    app.close();
  }

  private HttpListener bind(String name, InetSocketAddress address) throws IOException {
    return HttpListener.bind(new Gated(app.context(), gate), name, address)
        .handle("/", exchange -> HttpListener.respond(exchange, 200, "text/plain", "here"));
  }

  private CompletableFuture<HttpResponse<String>> get(HttpListener from) {
    URI uri = URI.create("http://127.0.0.1:" + from.address().getPort() + "/");
    return client.sendAsync(
        HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void requestsAreAnsweredWhenTheProgramIsLetInAndNotBefore() throws Exception {
    HttpListener http = bind("new", OneService.anyPort());
    http.open();
    CompletableFuture<HttpResponse<String>> early = get(http);
    await().during(Duration.ofMillis(150)).until(() -> !early.isDone());
    gate.letIn();

    assertEquals("here", early.get(10, TimeUnit.SECONDS).body());
  }

  @Test
  void itIsRehearsedAtTheGateWhileClientsWait() throws Exception {
    HttpListener http = bind("new", OneService.anyPort());
    http.open();
    CompletableFuture<HttpResponse<String>> early = get(http);
    Rehearsal rehearsal = http.rehearse(5, Duration.ofSeconds(20), SampleRequest.of("GET /"));
    assertEquals(5, rehearsal.answered());
    assertFalse(early.isDone());
    gate.letIn();

    assertEquals("here", early.get(10, TimeUnit.SECONDS).body());
  }

  @Test
  void whatIsOpenedAfterThatAnswersAtOnce() throws Exception {
    HttpListener http = bind("new", OneService.anyPort());
    gate.letIn();
    http.open();

    assertEquals("here", get(http).get(10, TimeUnit.SECONDS).body());
  }

  @Test
  void itTellsWhereTheOtherProgramListens() throws Exception {
    HttpListener http = bind("api", HANDED_OVER);
    http.open();

    assertEquals(HANDED_OVER, http.address());
    assertEquals("http://127.0.0.1:8080", app.fact("api"));
  }

  @Test
  void whatIsClosedAtTheGateAnswersNobodyAndKeepsNothing() throws Exception {
    HttpListener http = bind("new", OneService.anyPort());
    HttpListener inherited = bind("api", HANDED_OVER);
    http.open();
    inherited.open();
    assertEquals(1, gate.open());
    CompletableFuture<HttpResponse<String>> early = get(http);
    http.close();
    inherited.close();
    gate.letIn();

    await().until(early::isCompletedExceptionally);
    assertEquals(0, gate.open());
  }

  @Test
  void theAnswersOfAProgramThatIsReplacedAreTheLastOfTheirConnections() throws Exception {
    HttpListener http = bind("new", OneService.anyPort());
    http.open();
    gate.letIn();
    assertFalse(isLast(get(http).get(10, TimeUnit.SECONDS)));
    gate.letGo();

    assertTrue(isLast(get(http).get(10, TimeUnit.SECONDS)));
  }

  private static boolean isLast(HttpResponse<String> answer) {
    return answer.headers().firstValue("Connection").orElse("").equals("close");
  }

  /** The context of a service whose sockets come through the gate. */
  private record Gated(Context its, GateUnderTest gate) implements Context {
    @Override
    public ListeningSocket socket(String name, SocketAddress address) throws IOException {
      return its.own(gate.claim(name, address));
    }

    @Override
    public Process own(Process process) {
      return its.own(process);
    }

    @Override
    public boolean await(ExecutorService executor, Duration limit) throws InterruptedException {
      return its.await(executor, limit);
    }

    @Override
    public String name() {
      return its.name();
    }

    @Override
    public System.Logger logger() {
      return its.logger();
    }

    @Override
    public void ready() {
      its.ready();
    }

    @Override
    public void awaitReady() throws InterruptedException {
      its.awaitReady();
    }

    @Override
    public void interruptRun() {
      its.interruptRun();
    }

    @Override
    public Duration remaining() {
      return its.remaining();
    }

    @Override
    public <T extends AutoCloseable> T own(T resource) {
      return its.own(resource);
    }

    @Override
    public ServiceThreads threads() {
      return its.threads();
    }

    @Override
    public void onDrain(Task task) {
      its.onDrain(task);
    }

    @Override
    public void beginWork() {
      its.beginWork();
    }

    @Override
    public void endWork() {
      its.endWork();
    }

    @Override
    public Work work() {
      return its.work();
    }

    @Override
    public boolean isStopping() {
      return its.isStopping();
    }

    @Override
    public void cutOff(String what, int count) {
      its.cutOff(what, count);
    }

    @Override
    public HealthChannel health() {
      return its.health();
    }

    @Override
    public void alive() {
      its.alive();
    }

    @Override
    public void describe(String fact, Object value) {
      its.describe(fact, value);
    }

    @Override
    public Listener listen(String name, SocketAddress address) throws IOException {
      return its.listen(name, address);
    }

    @Override
    public Tracer tracer() {
      return its.tracer();
    }

    @Override
    public Meter meter() {
      return its.meter();
    }

    @Override
    public Runner runner() {
      return its.runner();
    }
  }
}
