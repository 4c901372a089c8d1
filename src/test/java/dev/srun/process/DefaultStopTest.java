package dev.srun.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.Context;
import dev.srun.Service;
import dev.srun.Srun;
import dev.srun.http.HttpListener;
import dev.srun.process.ListenerUnderTest.Answer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** The shortest service that listens: it has no stop, and loses nothing by default. */
class DefaultStopTest {
  private static final int CLIENTS = 5;

  /** Answers at once, or after a second. */
  static final class Shortest implements Service {
    private HttpListener http;
    private System.Logger log;

    @Override
    public void init(Context ctx) throws IOException {
      log = ctx.logger();
      http = ctx.http("http", new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      http.handle("/", exchange -> HttpListener.respond(exchange, 200, "text/plain", "hello"));
      http.handle(
          "/slow",
          exchange -> {
            log.log(System.Logger.Level.INFO, "asked");
            Thread.sleep(Duration.ofSeconds(1));
            HttpListener.respond(exchange, 200, "text/plain", "slow");
          });
      http.handle(
          "/endless",
          exchange -> {
            log.log(System.Logger.Level.INFO, "asked");
            Thread.sleep(Duration.ofMinutes(1));
          });
      http.handle(
          "/events",
          exchange -> {
            exchange.sendResponseHeaders(200, 0);
            log.log(System.Logger.Level.INFO, "asked");
            while (!HttpListener.isLast(exchange)) {
              exchange.getResponseBody().write('.');
              exchange.getResponseBody().flush();
              Thread.sleep(Duration.ofMillis(20));
            }
          });
    }

    @Override
    public void run(Context ctx) {
      http.open();
    }

    public static void main(String[] args) {
      Srun.runOrExit("shortest", app -> app.service("api", new Shortest()));
    }
  }

  private static List<CompletableFuture<Answer>> ask(ListenerUnderTest api, String path) {
    List<CompletableFuture<Answer>> answers = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      answers.add(
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return api.get(path);
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              },
              Executors.newVirtualThreadPerTaskExecutor()));
    }
    return answers;
  }

  private static boolean isRefused(ListenerUnderTest api) throws IOException {
    try {
      api.new Connection(ListenerUnderTest.PATIENCE).close();
      return false;
    } catch (ConnectException refused) {
      return true;
    }
  }

  private static void awaitAsked(ProgramUnderTest program) throws InterruptedException {
    program.awaitLog("asked", CLIENTS);
  }

  @Test
  void whatItHasAcceptedIsAnswered() throws Exception {
    try (var program = ProgramUnderTest.of(Shortest.class).start()) {
      List<CompletableFuture<Answer>> answers = ask(program.awaitListener("http"), "/slow");
      awaitAsked(program);
      program.signal("TERM");

      for (CompletableFuture<Answer> answer : answers) {
        assertEquals("200 slow", answer.get().toString());
      }
      program.assertExit(0);
      program.assertLogged("exit 0 (clean): signal TERM");
    }
  }

  @Test
  void whatDoesNotFitIntoTheGraceIsCutOffAndCounted() throws Exception {
    try (var program =
        ProgramUnderTest.of(Shortest.class).env("SRUN_GRACEFUL_TIMEOUT", "5s").start()) {
      List<CompletableFuture<Answer>> answers = ask(program.awaitListener("http"), "/endless");
      awaitAsked(program);
      program.signal("TERM");

      program.assertExit(1, Duration.ofSeconds(7));
      program.assertLogged("exit 1 (failures, 5 requests cut off): signal TERM");
      assertTrue(answers.stream().allMatch(CompletableFuture::isCompletedExceptionally));
    }
  }

  @Test
  void anAnswerWithoutAnEndLearnsThatItIsOver() throws Exception {
    try (var program = ProgramUnderTest.of(Shortest.class).start()) {
      List<CompletableFuture<Answer>> answers = ask(program.awaitListener("http"), "/events");
      awaitAsked(program);
      program.signal("TERM");

      program.assertExit(0);
      for (CompletableFuture<Answer> answer : answers) {
        assertEquals(200, answer.get().status());
      }
    }
  }

  @Test
  void aClientThatKeepsItsConnectionIsToldBeforeItIsClosed() throws Exception {
    try (var program = ProgramUnderTest.of(Shortest.class).start()) {
      ListenerUnderTest api = program.awaitListener("http");
      try (var kept = api.new Connection(ListenerUnderTest.PATIENCE)) {
        assertEquals("200 hello", kept.ask("GET", "/").toString());
        program.signal("TERM");
        await().until(() -> isRefused(api)); // nothing is in flight, and the listener drains
        Answer answer = kept.ask("GET", "/");

        assertEquals("200 hello", answer.toString());
        assertTrue(answer.last());
        program.assertExit(0);
      }
    }
  }

  @Test
  void whereNobodyIsConnectedNothingIsAddedToTheStop() throws Exception {
    try (var program = ProgramUnderTest.of(Shortest.class).start()) {
      assertEquals("200 hello", program.awaitListener("http").get("/").toString());
      program.signal("TERM");

      program.assertExit(0);
      program.assertLogged("stop took ");
      assertTrue(
          program.stderr().stream()
              .anyMatch(line -> line.matches(".*stop took \\d?\\d?\\d(\\.\\d+)?ms.*")));
    }
  }
}
