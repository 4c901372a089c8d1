package dev.srun;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How stragglers, stuck threads, leaks and failures read. */
@Timeout(60)
final class ReportTextTest {
  private static final Instant NOON = Instant.parse("2026-01-02T12:00:00Z");

  private static final StackTraceElement PARK = frame("java.util.concurrent.locks.LockSupport", 1);
  private static final StackTraceElement OURS = frame("dev.srun.Failures", 2);
  private static final StackTraceElement INNER = frame("com.acme.Pool", 3);
  private static final StackTraceElement OUTER = frame("com.acme.Main", 4);
  private static final StackTraceElement CALLED_BY = frame("dev.srun.PhaseThreads", 5);
  private static final StackTraceElement THREAD = frame("java.lang.VirtualThread", 6);

  private static final String INNER_TEXT = "com.acme.Pool.call(X.java:3)";
  private static final String OUTER_TEXT = "com.acme.Main.call(X.java:4)";

  private static StackTraceElement frame(String type, int line) {
    return new StackTraceElement(type, "call", "X.java", line);
  }

  private static ThreadSnapshot stuck(String name, String state, StackTraceElement... stack) {
    return new ThreadSnapshot(1, name, state, List.of(stack));
  }

  private static Straggler straggler(ThreadSnapshot... threads) {
    return new Straggler("db", Phase.STOP, ofMillis(10_250), ofSeconds(10), true, List.of(threads));
  }

  private static LogLine line(LogDetail detail) {
    return new LogLine(NOON, Level.ERROR, "srun", "said", "srun-supervisor", detail);
  }

  @Nested
  final class OfStuckThreads {
    private final ThreadSnapshot whole =
        stuck("db-stop", "WAITING", PARK, OURS, INNER, OUTER, CALLED_BY, THREAD);

    @Test
    void theOwnFrameIsTheInnermostThatIsNeitherTheJdksNorSruns() {
      assertEquals(Optional.of(INNER), whole.ownFrame());
      assertEquals(Optional.empty(), stuck("t", "WAITING", PARK, OURS, THREAD).ownFrame());
      assertEquals(Optional.empty(), stuck("t", "TERMINATED").ownFrame());
    }

    @ParameterizedTest
    @CsvSource({
      "java.lang.Thread,false",
      "javax.net.ssl.X,false",
      "jdk.internal.X,false",
      "sun.nio.X,false",
      "com.sun.net.httpserver.X,false",
      "dev.srun.Slot,false",
      "dev.srun.http.Routes,false",
      "dev.srun.wallet.Ledger,true",
      "dev.srunner.X,true",
      "com.sunny.X,true",
      "javafx.X,true",
      "Main,true"
    })
    void whoseCodeAClassIsSaysItsPackage(String type, boolean own) {
      assertEquals(own, Frames.isOwn(type));
    }

    @Test
    void theOwnPartLeavesOutHowItWasCalledAndKeepsWhereItWaits() {
      assertEquals(List.of(PARK, OURS, INNER, OUTER), whole.ownPart().stack());
      assertEquals("db-stop", whole.ownPart().name());
      assertEquals("WAITING", whole.ownPart().state());
    }

    @Test
    void theOwnPartOfOneThatIsNotInOwnCodeIsTheWhole() {
      ThreadSnapshot none = stuck("t", "WAITING", PARK, THREAD);
      assertEquals(none, none.ownPart());
      ThreadSnapshot ended = stuck("t", "TERMINATED");
      assertEquals(ended, ended.ownPart());
    }

    @Test
    void itReadsAsNameStateAndStack() {
      assertEquals(
          "t (WAITING)\n\tat " + INNER_TEXT + "\n\tat " + OUTER_TEXT,
          stuck("t", "WAITING", INNER, OUTER).toString());
    }

    @Test
    void itsStackDoesNotChange() {
      List<StackTraceElement> stack = new ArrayList<>(Arrays.asList(INNER));
      ThreadSnapshot thread = new ThreadSnapshot(1, "t", "WAITING", stack);
      stack.clear();
      assertEquals(List.of(INNER), thread.stack());
    }
  }

  @Nested
  final class OfStragglers {

    @Test
    void oneLineSaysServicePhaseTimesAndWhereItStood() {
      assertEquals(
          "db: still in stop after 10.25s of 10s, at " + INNER_TEXT,
          straggler(stuck("db-stop", "WAITING", PARK, INNER, OUTER)).toString());
    }

    @Test
    void whereItStoodIsTheFirstThreadThatIsInOwnCode() {
      Straggler straggler =
          straggler(stuck("db-stop", "WAITING", PARK), stuck("db-worker", "WAITING", OUTER));
      assertEquals(Optional.of(OUTER), straggler.ownFrame());
      assertEquals("db: still in stop after 10.25s of 10s, at " + OUTER_TEXT, straggler.toString());
    }

    @Test
    void oneWithoutAThreadSaysNothingOfWhereItStood() {
      assertEquals("db: still in stop after 10.25s of 10s", straggler().toString());
    }

    @Test
    void carriersThatItHoldsAreSaidOnce() {
      ThreadSnapshot spins = stuck("db", "RUNNABLE, holds a carrier thread", INNER);
      assertEquals(
          "db: still in stop after 10.25s of 10s, at "
              + INNER_TEXT
              + ", holds a carrier thread, waits for a carrier thread",
          straggler(spins, spins, stuck("w", "RUNNABLE, waits for a carrier thread")).toString());
    }
  }

  @Nested
  final class OfFailures {

    @Test
    void oneLineSaysServicePhaseErrorAndRootCause() {
      String text = "java.io.IOException: a\n\tat X\nCaused by: B: b\n\tat Y\nCaused by: C: c";
      assertEquals(
          "db: init: java.io.IOException: a (caused by: C: c)",
          new Failure("db", Phase.INIT, new Exception(), text).toString());
    }

    @Test
    void theRunnersOwnHasNoService() {
      Failure failure = new Failure("srun", Phase.SETUP, new Exception(), "E: a");
      assertEquals("setup: E: a", failure.toString());
      assertEquals("setup failed", failure.headline());
    }

    @Test
    void theHeadlineSaysWhatFailedWithoutWhy() {
      assertEquals(
          "stop of db failed", new Failure("db", Phase.STOP, new Exception(), "E").headline());
    }

    @Test
    void oneWithoutTextIsStillOneLine() {
      assertEquals("db: run: ", new Failure("db", Phase.RUN, new Exception(), "").toString());
    }
  }

  @Nested
  final class InTheLog {

    @Test
    void aStragglersThreadsStandBelowWithTheirOwnPart() {
      LogDetail stuck =
          new LogDetail.Stuck(
              straggler(
                  stuck("db-stop", "WAITING", INNER, THREAD), stuck("db", "RUNNABLE", OUTER)));
      assertEquals(
          """
          2026-01-02T12:00:00.000Z ERROR   logger_scope=srun said
              db-stop (WAITING)
              \tat com.acme.Pool.call(X.java:3)
              db (RUNNABLE)
              \tat com.acme.Main.call(X.java:4)
          """,
          LogText.text(line(stuck)));
    }

    @Test
    void aStragglersFieldsAreNumbersAndLists() {
      LogDetail stuck =
          new LogDetail.Stuck(
              straggler(stuck("db-stop", "WAITING", INNER, OUTER), stuck("db \"2\"", "RUNNABLE")));
      assertEquals(
          "{\"time\":\"2026-01-02T12:00:00.000Z\",\"level\":\"ERROR\",\"logger_scope\":\"srun\","
              + "\"msg\":\"said\",\"thread\":\"srun-supervisor\","
              + "\"straggler\":{\"service\":\"db\",\"phase\":\"stop\",\"used_ms\":10250,"
              + "\"budget_ms\":10000,\"threads\":["
              + "{\"name\":\"db-stop\",\"state\":\"WAITING\",\"stack\":[\""
              + INNER_TEXT
              + "\",\""
              + OUTER_TEXT
              + "\"]},{\"name\":\"db \\\"2\\\"\",\"state\":\"RUNNABLE\",\"stack\":[]}]}}\n",
          LogText.json(line(stuck)));
    }

    @Test
    void aStragglerWithoutThreadsIsStillValid() {
      String json = LogText.json(line(new LogDetail.Stuck(straggler())));
      assertTrue(json.endsWith("\"budget_ms\":10000,\"threads\":[]}}\n"), json);
      assertEquals(
          "2026-01-02T12:00:00.000Z ERROR   logger_scope=srun said\n",
          LogText.text(line(new LogDetail.Stuck(straggler()))));
    }

    @Test
    void aLeaksFieldsAreItsParts() {
      Leak leak = new Leak("db", "com.acme.Pool", INNER_TEXT, "not closed\n\"yet\"");
      assertTrue(
          LogText.json(line(new LogDetail.LeftBehind(leak)))
              .endsWith(
                  ",\"leak\":{\"service\":\"db\",\"what\":\"com.acme.Pool\",\"created_at\":\""
                      + INNER_TEXT
                      + "\",\"why\":\"not closed\\n\\\"yet\\\"\"}}\n"));
    }

    @Test
    void aLeakIsOneLineOfText() {
      Leak leak = new Leak("db", "com.acme.Pool", "", "not closed");
      assertEquals("db: com.acme.Pool: not closed", leak.toString());
      assertEquals(
          "2026-01-02T12:00:00.000Z ERROR   logger_scope=srun said\n",
          LogText.text(line(new LogDetail.LeftBehind(leak))));
    }
  }

  /** What only a thread that is alive can show. */
  @Nested
  final class OfThreadsAlive {
    private final AtomicBoolean spins = new AtomicBoolean(true);

    private Thread spinner(String name) {
      return Thread.ofVirtual()
          .name(name)
          .start(() -> {
            while (spins.get()) {
              Thread.onSpinWait();
            }
          });
    }

    @Test
    void aVirtualThreadThatSpinsHoldsACarrierAndOthersWaitForOne() throws InterruptedException {
      List<Thread> threads = new ArrayList<>();
      try {
        for (int i = 0; i <= Runtime.getRuntime().availableProcessors(); i++) {
          threads.add(spinner("spinner-" + i));
        }
        Thread last = threads.getLast();
        await()
            .atMost(Duration.ofSeconds(20))
            .until(() -> threads.stream().filter(ThreadSnapshot::holdsCarrier).count() > 0);
        Thread first =
            threads.stream().filter(ThreadSnapshot::holdsCarrier).findFirst().orElseThrow();
        assertEquals("RUNNABLE, holds a carrier thread", ThreadSnapshot.of(first).state());
        assertEquals(", holds a carrier thread", ThreadSnapshot.of(first).aboutCarrier());
        if (!ThreadSnapshot.holdsCarrier(last)) {
          assertEquals("RUNNABLE, waits for a carrier thread", ThreadSnapshot.of(last).state());
        }
      } finally {
        spins.set(false);
      }
      for (Thread thread : threads) {
        thread.join();
      }
    }

    @ParameterizedTest
    @CsvSource({"db,true", "mail@host,true", "a@,true", "db,false", "mail@host,false"})
    void oneThatIsParkedHoldsNone(String name, boolean virtual) throws InterruptedException {
      CountDownLatch end = new CountDownLatch(1);
      Thread parked =
          new ProgramThreads()
              .make(
                  name,
                  !virtual,
                  () -> {
                    try {
                      end.await();
                    } catch (InterruptedException e) {
                      Thread.currentThread().interrupt();
                    }
                  });
      parked.start();
      await().atMost(Duration.ofSeconds(20)).until(() -> parked.getState() == Thread.State.WAITING);
      String state = ThreadSnapshot.of(parked).state();
      end.countDown();
      parked.join();
      assertEquals("WAITING", state);
    }

    @Test
    void aPlatformThreadThatSpinsHoldsNone() throws InterruptedException {
      Thread spinner =
          Thread.ofPlatform()
              .daemon()
              .start(() -> {
                while (spins.get()) {
                  Thread.onSpinWait();
                }
              });
      String state = ThreadSnapshot.of(spinner).state();
      spins.set(false);
      spinner.join();
      assertEquals("RUNNABLE", state);
    }
  }

  /** Who reports, and how often. */
  @Nested
  final class Reported {
    private final FakeHost host = new FakeHost().keepsLog();
    private final Journal journal = new Journal();
    private final Config config = Config.named("test").grace(ofSeconds(10));

    private List<LogLine> reports() {
      return host.said().stream().filter(line -> line.detail() instanceof LogDetail.Stuck).toList();
    }

    @Test
    void aStragglerIsReportedOnceAlthoughItIsInterruptedAndThenLeftBehind() {
      host.signalAt(ofSeconds(1), "TERM", 15).signalAt(ofSeconds(5), "TERM", 15);
      Exit exit =
          host.run(
              config,
              app ->
                  app.service(
                          "b",
                          new Fixture("b", host, journal) {
                            @Override
                            public void stop(Context ctx) {
                              host.hangAndSwallowInterrupts();
                            }
                          })
                      .stopTimeout(ofSeconds(2)));
      assertEquals(1, exit.stragglers().size());
      assertTrue(exit.stragglers().getFirst().leftBehind());
      assertEquals(
          List.of("b: still in stop after 2s of 2s"),
          reports().stream().map(LogLine::message).toList());
    }

    @Test
    void aServiceThatOutlivesItsStopAndThenItsCloseIsReportedOnce() {
      host.signalAt(ofSeconds(1), "TERM", 15);
      Exit exit =
          host.run(
              config,
              app ->
                  app.service(
                          "b",
                          new Fixture("b", host, journal) {
                            @Override
                            public void init(Context ctx) {
                              ctx.own(host::hangAndSwallowInterrupts);
                            }

                            @Override
                            public void stop(Context ctx) throws Exception {
                              letRunReturn();
                              host.hang();
                            }
                          })
                      .stopTimeout(ofSeconds(2)));
      assertEquals(1, exit.stragglers().size());
      assertEquals(1, reports().size());
    }

    @Test
    void theLimitOfAStopIsAFailureWithTheStackOfTheStraggler() {
      host.signalAt(ofSeconds(1), "TERM", 15);
      Exit exit =
          host.run(
              config,
              app ->
                  app.service(
                          "b",
                          new Fixture("b", host, journal) {
                            @Override
                            public void stop(Context ctx) throws Exception {
                              letRunReturn();
                              host.hang();
                            }
                          })
                      .stopTimeout(ofSeconds(2)));
      assertEquals(
          exit.stragglers().getFirst().threads().getFirst().stack(),
          List.of(exit.failures().getFirst().error().getStackTrace()));
      assertEquals(1, exit.failures().size());
    }

    /** What the type says of it. */
    @Test
    void whatACloseHasUsedIsWhatTheClosingTook() {
      host.signalAt(ofSeconds(1), "TERM", 15);
      Exit exit =
          host.run(
              config,
              app ->
                  app.service(
                      "b",
                      new Fixture("b", host, journal) {
                        @Override
                        public void init(Context ctx) {
                          ctx.own(host::hangAndSwallowInterrupts);
                        }

                        @Override
                        public void stop(Context ctx) throws Exception {
                          host.sleep(ofSeconds(4));
                          letRunReturn();
                        }
                      }));
      assertEquals("b: still in close after 6s of 6s", exit.stragglers().getFirst().toString());
    }
  }
}
